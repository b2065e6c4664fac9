package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Steps the sequences of all clients together, on one thread of its own. A sequence joins at the next step if there is
 * a place, else waits in a bounded queue, first come first served; no sequence waits for another's block or length.
 *
 * <p>A sequence that fails ends alone. Where the engine itself fails, all that have a place end, who waits goes on
 * waiting, and the engine begins anew; after too many failures within a minute it stays stopped and says so.
 * Thread-safe.
 */
public final class Engine implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Engine.class.getName());

    /** A sequence to be stepped, and who follows it. */
    public record Entry(Decoding decoding, Watcher watcher) {}

    private final Places places;
    private final EngineMeters meters;
    private final MaskPredictor model;
    private final Thread thread;
    /* Of the engine's thread: */
    private final Restarts restarts = new Restarts();
    private StepScheduler scheduler;
    /** Who has a place in the coming step. */
    private List<Ticket> placed = List.of();
    /** Who was let in and has not been told its end. */
    private final Set<Ticket> owed = new LinkedHashSet<>();

    /** @param model the one that all sequences were started on */
    public Engine(String name, MaskPredictor model, Limits limits, EngineMeters meters) {
        places = new Places(limits, meters);
        this.meters = meters;
        this.model = model;
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
        return places.state() == Places.State.RUNNING;
    }

    /** Whether it has failed too often to begin anew. Nobody is served until the process is started again. */
    public boolean failed() {
        return places.state() == Places.State.FAILED;
    }

    /** Seconds after which a place to wait in should be free. */
    public int retrySeconds() {
        return places.retrySeconds(1);
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
        boolean over = false;
        try {
            while (!over) {
                over = serve();
            }
        } finally {
            if (!over) {
                places.fail();
            }
        }
    }

    /** Steps until nobody is there and nobody is let in, or until something fails; says whether that was the end. */
    private boolean serve() {
        try {
            while (prepare()) {
                step();
            }
            return true;
        } catch (RuntimeException | Error e) {
            return !beginAnew(e);
        }
    }

    /** Ends who had a place, or everybody if it must stay stopped; says whether it goes on. */
    private boolean beginAnew(Throwable cause) {
        boolean again = restarts.grant(System.nanoTime());
        owed.addAll(again ? places.clear() : places.fail());
        scheduler = new StepScheduler(model);
        placed = List.of();
        guarded(() -> LOGGER.log(
                Level.ERROR,
                (again
                                ? "the engine failed and begins anew; the " + owed.size()
                                        + " sequences it stepped end: "
                                : "the engine failed more than " + Restarts.MOST + " times within "
                                        + Restarts.WHILE.toSeconds()
                                        + " seconds and stays stopped; start the server again: ")
                        + FailureText.line(cause)));
        guarded(meters::failed);
        for (Ticket ticket : List.copyOf(owed)) {
            close(ticket, cancelled(ticket, End.Reason.ENGINE_FAILED));
        }
        return again;
    }

    /** Waits until a sequence can step; false when none ever will again. */
    private boolean prepare() {
        while (true) {
            Places.Turn turn = places.turn();
            placed = turn.active();
            owed.addAll(placed);
            owed.addAll(turn.leaving());
            turn.leaving().forEach(ticket -> scheduler.leave(ticket.decoding()));
            placed.forEach(this::joinOrLeave);
            turn.leaving().forEach(ticket -> close(ticket, cancelled(ticket, End.Reason.STOPPING)));
            turn.starting().forEach(this::start);
            if (turn.over() || !scheduler.active().isEmpty()) {
                return !turn.over();
            }
        }
    }

    private void start(Ticket ticket) {
        try {
            ticket.watcher().started();
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.ERROR, "what follows a sequence failed", e);
            end(ticket, new End.Failed(e));
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
        guarded(() -> meters.stepped(outcomes, stepped - begin));
        for (Outcome outcome : outcomes) {
            follow(outcome);
        }
        guarded(() -> meters.handedOver(System.nanoTime() - stepped));
    }

    private void follow(Outcome outcome) {
        Ticket ticket = ticketOf(outcome.decoding());
        if (ticket == null) {
            return;
        }
        if (outcome instanceof Outcome.Failed failed) {
            end(ticket, new End.Failed(failed.cause()));
        } else if (outcome instanceof Outcome.Advanced advanced && !gone(ticket)) {
            advance(ticket, advanced.report());
        }
    }

    /** Whether a cancel came before the canvas was full; such a sequence is taken out before the next step. */
    private static boolean gone(Ticket ticket) {
        Decoding decoding = ticket.decoding();
        return decoding.done() && decoding.finishReason() == FinishReason.CANCELLED;
    }

    private void advance(Ticket ticket, StepReport report) {
        try {
            if (!ticket.watcher().stepped(ticket.decoding(), report) || report.done()) {
                end(ticket, new End.Done());
            }
        } catch (RuntimeException | Error e) {
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

    /** @param otherwise why, where nobody has cancelled it */
    private static End cancelled(Ticket ticket, End.Reason otherwise) {
        End.Reason reason = ticket.reason();
        return new End.Cancelled(reason == null ? otherwise : reason);
    }

    private void end(Ticket ticket, End end) {
        places.leave(ticket);
        scheduler.leave(ticket.decoding());
        close(ticket, end);
    }

    /** Tells everybody, whoever of them fails. */
    private void close(Ticket ticket, End end) {
        owed.remove(ticket);
        guarded(() -> meters.ended(ticket.decoding(), end));
        guarded(() -> ticket.watcher().ended(ticket.decoding(), end));
        guarded(ticket.decoding()::close);
    }

    private static void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.ERROR, "what follows a sequence failed: " + FailureText.line(e));
        }
    }
}
