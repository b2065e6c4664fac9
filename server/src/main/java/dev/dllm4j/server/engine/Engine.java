package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Steps the sequences of all clients together, on one thread of its own. A sequence joins at the next step if there is
 * a place, else waits in a bounded queue, first come first served; no sequence waits for another's block or length.
 * Thread-safe.
 */
public final class Engine implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Engine.class.getName());

    /** A sequence to be stepped, and who follows it. */
    public record Entry(Decoding decoding, Watcher watcher) {}

    private final Places places;
    private final EngineMeters meters;
    private final StepScheduler scheduler;
    private final Thread thread;
    /** Who has a place in the coming step. Of the engine's thread. */
    private List<Ticket> placed = List.of();

    /** @param model the one that all sequences were started on */
    public Engine(String name, MaskPredictor model, Limits limits, EngineMeters meters) {
        places = new Places(limits, meters);
        this.meters = meters;
        scheduler = new StepScheduler(model);
        thread = new Thread(this::run, "dllm4j-engine-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Takes sequences over, all or none.
     *
     * @return in the order of the entries
     * @throws Refused with the entries untouched
     * @throws IllegalArgumentException if there are more than the engine ever takes
     */
    public List<Ticket> submit(List<Entry> entries) throws Refused {
        return places.submit(entries);
    }

    /**
     * Refuses where {@link #submit} would; who has a place now may still have none when all is read and submitted.
     *
     * @throws Refused as a submission of so many sequences does
     */
    public void requirePlaces(int sequences) throws Refused {
        places.require(sequences);
    }

    /** Sequences that share the coming forward. */
    public int active() {
        return places.active();
    }

    /** Sequences that wait for a place. */
    public int queued() {
        return places.queued();
    }

    /** Whether a sequence could be submitted, place or no place. */
    public boolean running() {
        return places.open();
    }

    /** Seconds after which a place should be free. */
    public int retrySeconds() {
        return places.retrySeconds();
    }

    /**
     * Refuses what comes, lets what is there end in its own time, and cancels the rest.
     *
     * @param drain how long that time is
     */
    public void close(Duration drain) {
        places.enter(Places.State.DRAINING);
        boolean interrupted = !join(drain.toMillis());
        places.enter(Places.State.STOPPED);
        // What a forward has begun between two layers it gives up there.
        interrupted |= !join(TimeUnit.SECONDS.toMillis(30));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /** @return false if the caller was interrupted meanwhile */
    private boolean join(long milliseconds) {
        try {
            if (milliseconds > 0) {
                thread.join(milliseconds);
            }
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void run() {
        try {
            while (prepare()) {
                step();
            }
        } catch (RuntimeException | Error e) {
            LOGGER.log(
                    Level.ERROR,
                    "the engine failed and takes no more requests; restart the server: " + FailureText.line(e));
            places.clear().forEach(ticket -> close(ticket, new End.Failed(e)));
        }
    }

    /** Waits until a sequence can step; false when none ever will again. */
    private boolean prepare() {
        while (true) {
            Places.Turn turn = places.turn();
            placed = turn.active();
            turn.leaving().forEach(ticket -> scheduler.leave(ticket.decoding()));
            placed.forEach(this::joinOrLeave);
            turn.starting().forEach(ticket -> ticket.watcher().started());
            turn.leaving().forEach(this::endCancelled);
            if (turn.over() || turn.steps()) {
                return !turn.over();
            }
        }
    }

    private void joinOrLeave(Ticket ticket) {
        boolean joined = scheduler.active().contains(ticket.decoding());
        if (ticket.paused() && joined) {
            scheduler.leave(ticket.decoding());
        } else if (!ticket.paused() && !joined) {
            scheduler.join(ticket.decoding());
        }
    }

    private void step() {
        long begin = System.nanoTime();
        List<Outcome> outcomes = scheduler.step();
        long stepped = System.nanoTime();
        meters.stepped(outcomes, stepped - begin);
        for (Outcome outcome : outcomes) {
            follow(outcome);
        }
        meters.handedOver(System.nanoTime() - stepped);
    }

    private void follow(Outcome outcome) {
        Ticket ticket = ticketOf(outcome.decoding());
        if (ticket == null) {
            return;
        }
        if (outcome instanceof Outcome.Failed failed) {
            end(ticket, new End.Failed(failed.cause()));
        } else if (outcome instanceof Outcome.Advanced advanced && !cancelled(ticket)) {
            advance(ticket, advanced.report());
        }
    }

    /** Whether a cancel came before the canvas was full; such a sequence is taken out before the next step. */
    private static boolean cancelled(Ticket ticket) {
        Decoding decoding = ticket.decoding();
        return decoding.done() && decoding.finishReason() == FinishReason.CANCELLED;
    }

    private void advance(Ticket ticket, StepReport report) {
        try {
            if (!ticket.watcher().stepped(ticket.decoding(), report) || report.done()) {
                end(ticket, new End.Done());
            }
        } catch (RuntimeException e) {
            end(ticket, new End.Failed(e));
        }
    }

    private @Nullable Ticket ticketOf(Decoding decoding) {
        for (Ticket ticket : placed) {
            if (ticket.decoding() == decoding) {
                return ticket;
            }
        }
        return null;
    }

    private void endCancelled(Ticket ticket) {
        End.Reason reason = ticket.reason();
        close(ticket, new End.Cancelled(reason == null ? End.Reason.STOPPING : reason));
    }

    private void end(Ticket ticket, End end) {
        places.leave(ticket);
        scheduler.leave(ticket.decoding());
        close(ticket, end);
    }

    private void close(Ticket ticket, End end) {
        meters.ended(ticket.decoding(), end);
        try {
            ticket.watcher().ended(ticket.decoding(), end);
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "what follows a sequence failed: " + FailureText.line(e));
        } finally {
            ticket.decoding().close();
        }
    }
}
