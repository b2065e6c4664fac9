package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Steps the sequences of all clients together, on one thread of its own. A sequence joins at the next step if there is
 * a place, else waits in a bounded queue, first come first served; no sequence waits for another's block or length.
 * Thread-safe.
 */
public final class Engine implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Engine.class.getName());
    /** How often deadlines of sequences that cannot step are looked at. */
    private static final long GLANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final int LONGEST_RETRY_SECONDS = 60;

    /** A sequence to be stepped, and who follows it. */
    public record Entry(Decoding decoding, Watcher watcher) {}

    private enum State {
        RUNNING,
        DRAINING,
        STOPPED
    }

    private final Limits limits;
    private final EngineMeters meters;
    private final StepScheduler scheduler;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Guarded by the lock. */
    private final Deque<Ticket> queue = new ArrayDeque<>();
    /** Changed by the engine's thread under the lock. */
    private final List<Ticket> active = new ArrayList<>();

    private State state = State.RUNNING;
    /** Seconds that sequences have run of late. */
    private double usualSeconds = 1;

    /** @param model the one that all sequences were started on */
    public Engine(String name, MaskPredictor model, Limits limits, EngineMeters meters) {
        this.limits = limits;
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
        if (entries.size() > limits.active() + limits.queued()) {
            throw new IllegalArgumentException("the request wants " + entries.size() + " answers; the server takes "
                    + (limits.active() + limits.queued()) + " at once, so ask for fewer");
        }
        lock.lock();
        try {
            requirePlaces(entries.size());
            long now = System.nanoTime();
            List<Ticket> tickets = entries.stream()
                    .map(entry -> new Ticket(this, entry.decoding(), entry.watcher(), now))
                    .toList();
            queue.addAll(tickets);
            changed.signal();
            return tickets;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses where {@link #submit} would; who has a place now may still have none when all is read and submitted.
     *
     * @throws Refused as a submission of so many sequences does
     */
    public void requirePlaces(int sequences) throws Refused {
        lock.lock();
        try {
            if (state != State.RUNNING) {
                meters.refused(Refused.Cause.STOPPING);
                throw new Refused(Refused.Cause.STOPPING, LONGEST_RETRY_SECONDS);
            }
            if (queue.size() + active.size() + sequences > limits.active() + limits.queued()) {
                meters.refused(Refused.Cause.FULL);
                throw new Refused(Refused.Cause.FULL, retrySeconds());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sequences that share the coming forward. */
    public int active() {
        lock.lock();
        try {
            return active.size();
        } finally {
            lock.unlock();
        }
    }

    /** Sequences that wait for a place. */
    public int queued() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a sequence could be submitted, place or no place. */
    public boolean running() {
        lock.lock();
        try {
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }

    /** Seconds after which a place should be free. */
    public int retrySeconds() {
        lock.lock();
        try {
            double rounds = Math.ceil((queue.size() + 1.0) / limits.active());
            return (int) Math.max(1, Math.min(LONGEST_RETRY_SECONDS, Math.ceil(rounds * usualSeconds)));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses what comes, lets what is there end in its own time, and cancels the rest.
     *
     * @param drain how long that time is
     */
    public void close(Duration drain) {
        enter(State.DRAINING);
        boolean interrupted = !join(drain.toMillis());
        enter(State.STOPPED);
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

    void wake() {
        lock.lock();
        try {
            changed.signal();
        } finally {
            lock.unlock();
        }
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

    private void enter(State next) {
        lock.lock();
        try {
            state = next;
            if (next == State.STOPPED) {
                active.forEach(ticket -> ticket.cancel(End.Reason.STOPPING));
                queue.forEach(ticket -> ticket.cancel(End.Reason.STOPPING));
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (prepare()) {
                step();
            }
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.ERROR, "the engine failed and takes no more requests; restart the server", e);
            abandon(e);
        }
    }

    /** Waits until a sequence can step; false when none ever will again. */
    private boolean prepare() {
        while (true) {
            List<Ticket> leaving = new ArrayList<>();
            List<Ticket> starting = new ArrayList<>();
            boolean runnable;
            boolean over;
            lock.lock();
            try {
                drop(leaving);
                place(starting);
                active.forEach(this::joinOrLeave);
                runnable = active.stream().anyMatch(ticket -> !ticket.paused());
                over = state != State.RUNNING && active.isEmpty() && queue.isEmpty();
                if (!runnable && !over && leaving.isEmpty() && starting.isEmpty()) {
                    await();
                }
            } finally {
                lock.unlock();
            }
            starting.forEach(ticket -> ticket.watcher().started());
            leaving.forEach(this::endCancelled);
            if (runnable || over) {
                return runnable;
            }
        }
    }

    /** Takes out who was cancelled, and who has waited or run too long. */
    private void drop(List<Ticket> leaving) {
        long now = System.nanoTime();
        for (Iterator<Ticket> each = queue.iterator(); each.hasNext(); ) {
            Ticket ticket = each.next();
            if (ticket.waitedNanos(now) > limits.patience().toNanos()) {
                ticket.cancel(End.Reason.WAITED_TOO_LONG);
            }
            if (ticket.reason() != null) {
                each.remove();
                leaving.add(ticket);
            }
        }
        for (Iterator<Ticket> each = active.iterator(); each.hasNext(); ) {
            Ticket ticket = each.next();
            if (ticket.ranNanos(now) > limits.runtime().toNanos()) {
                ticket.cancel(End.Reason.RAN_TOO_LONG);
            }
            if (ticket.reason() != null) {
                each.remove();
                scheduler.leave(ticket.decoding());
                leaving.add(ticket);
            }
        }
    }

    private void place(List<Ticket> starting) {
        while (active.size() < limits.active() && !queue.isEmpty()) {
            Ticket ticket = queue.remove();
            ticket.start(System.nanoTime());
            active.add(ticket);
            starting.add(ticket);
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

    @SuppressWarnings("WaitNotInLoop") // The caller loops.
    private void await() {
        try {
            if (active.isEmpty() && queue.isEmpty()) {
                changed.await();
            } else {
                changed.awaitNanos(GLANCE_NANOS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the engine", e);
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
            LOGGER.log(Level.ERROR, "a sequence failed: " + failed.cause().getMessage(), failed.cause());
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
            LOGGER.log(Level.ERROR, "what follows a sequence failed", e);
            end(ticket, new End.Failed(e));
        }
    }

    private @Nullable Ticket ticketOf(Decoding decoding) {
        for (Ticket ticket : active) {
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
        lock.lock();
        try {
            active.remove(ticket);
            scheduler.leave(ticket.decoding());
            usualSeconds = 0.8 * usualSeconds + 0.2 * ticket.ranNanos(System.nanoTime()) / 1e9;
        } finally {
            lock.unlock();
        }
        close(ticket, end);
    }

    private void close(Ticket ticket, End end) {
        meters.ended(ticket.decoding(), end);
        try {
            ticket.watcher().ended(ticket.decoding(), end);
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "what follows a sequence failed", e);
        } finally {
            ticket.decoding().close();
        }
    }

    /** Lets go of everything. */
    private void abandon(Throwable cause) {
        List<Ticket> all;
        lock.lock();
        try {
            state = State.STOPPED;
            all = new ArrayList<>(active);
            all.addAll(queue);
            active.clear();
            queue.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(ticket -> close(ticket, new End.Failed(cause)));
    }
}
