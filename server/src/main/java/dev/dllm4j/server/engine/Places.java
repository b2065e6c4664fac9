package dev.dllm4j.server.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An engine's places: who has one, who waits for one, and who is not let in. Any thread may submit and ask; turns are
 * taken, and places given back, by the engine's thread alone.
 */
final class Places {
    /** How often deadlines of sequences that cannot step are looked at. */
    private static final long GLANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    enum State {
        RUNNING,
        DRAINING,
        STOPPED,
        FAILED
    }

    /**
     * What has changed between two steps.
     *
     * @param leaving cancelled, in whichever way, and in no place any more
     * @param starting among the active for the first time
     * @param active in the order they came
     * @param over whether there is nobody, and nobody is let in
     */
    record Turn(List<Ticket> leaving, List<Ticket> starting, List<Ticket> active, boolean over) {
        /** Whether a sequence can step. */
        boolean steps() {
            return active.stream().anyMatch(ticket -> !ticket.paused());
        }

        private boolean idle() {
            return leaving.isEmpty() && starting.isEmpty() && !over && !steps();
        }
    }

    private final Limits limits;
    private final EngineMeters meters;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Ticket> queue = new ArrayDeque<>();
    private final List<Ticket> active = new ArrayList<>();
    private State state = State.RUNNING;
    /** Seconds that sequences have run of late. */
    private double usualSeconds = 1;

    Places(Limits limits, EngineMeters meters) {
        this.limits = limits;
        this.meters = meters;
    }

    List<Ticket> submit(List<Engine.Entry> entries) throws Refused {
        if (entries.size() > all()) {
            throw new IllegalArgumentException("the request wants " + entries.size() + " answers; the server takes "
                    + all() + " at once, so ask for fewer");
        }
        lock.lock();
        try {
            require(entries.size());
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

    void require(int sequences) throws Refused {
        lock.lock();
        try {
            if (state != State.RUNNING) {
                Refused.Cause why = state == State.FAILED ? Refused.Cause.FAILED : Refused.Cause.STOPPING;
                meters.refused(why);
                throw new Refused(why, 0);
            }
            if (queue.size() + active.size() + sequences > all()) {
                meters.refused(Refused.Cause.FULL);
                throw new Refused(Refused.Cause.FULL, retrySeconds(sequences));
            }
        } finally {
            lock.unlock();
        }
    }

    private int all() {
        return limits.active() + limits.queued();
    }

    int active() {
        lock.lock();
        try {
            return active.size();
        } finally {
            lock.unlock();
        }
    }

    int queued() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    State state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /** Seconds after which so many more may find a place to wait in. */
    int retrySeconds(int sequences) {
        lock.lock();
        try {
            return retrySeconds(sequences, limits.active(), usualSeconds);
        } finally {
            lock.unlock();
        }
    }

    /** In the time that one sequence runs, as many places become free as sequences run together. */
    static int retrySeconds(int sequences, int active, double usualSeconds) {
        double rounds = Math.ceil((double) sequences / active);
        return (int) Math.max(1, Math.min((double) Refused.LONGEST_WAIT.toSeconds(), Math.ceil(rounds * usualSeconds)));
    }

    /** Lets nobody in any more; once stopped, also cancels who is there. */
    void enter(State next) {
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

    /** Has the engine look again at who is cancelled or paused. */
    void wake() {
        lock.lock();
        try {
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a sequence can step, or the engine has something else to do. */
    Turn turn() {
        lock.lock();
        try {
            Turn turn = look();
            while (turn.idle()) {
                await();
                turn = look();
            }
            return turn;
        } finally {
            lock.unlock();
        }
    }

    private Turn look() {
        List<Ticket> leaving = drop();
        List<Ticket> starting = place();
        boolean over = state != State.RUNNING && active.isEmpty() && queue.isEmpty();
        return new Turn(leaving, starting, List.copyOf(active), over);
    }

    /** Takes out who was cancelled, and who has waited or run too long. */
    private List<Ticket> drop() {
        List<Ticket> leaving = new ArrayList<>();
        long now = System.nanoTime();
        for (Ticket ticket : queue) {
            if (ticket.waitedNanos(now) > limits.patience().toNanos()) {
                ticket.cancel(End.Reason.WAITED_TOO_LONG);
            }
        }
        for (Ticket ticket : active) {
            if (ticket.ranNanos(now) > limits.runtime().toNanos()) {
                ticket.cancel(End.Reason.RAN_TOO_LONG);
            }
        }
        takeCancelled(queue.iterator(), leaving);
        takeCancelled(active.iterator(), leaving);
        return leaving;
    }

    private static void takeCancelled(Iterator<Ticket> tickets, List<Ticket> leaving) {
        while (tickets.hasNext()) {
            Ticket ticket = tickets.next();
            if (ticket.reason() != null) {
                tickets.remove();
                leaving.add(ticket);
            }
        }
    }

    private List<Ticket> place() {
        List<Ticket> starting = new ArrayList<>();
        while (active.size() < limits.active() && !queue.isEmpty()) {
            Ticket ticket = queue.remove();
            ticket.start(System.nanoTime());
            active.add(ticket);
            starting.add(ticket);
        }
        return starting;
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

    /** Gives a place back. */
    void leave(Ticket ticket) {
        lock.lock();
        try {
            active.remove(ticket);
            usualSeconds = 0.8 * usualSeconds + 0.2 * ticket.ranNanos(System.nanoTime()) / 1e9;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the places of all who have one back; who waits goes on waiting. */
    List<Ticket> clear() {
        lock.lock();
        try {
            List<Ticket> gone = new ArrayList<>(active);
            active.clear();
            return gone;
        } finally {
            lock.unlock();
        }
    }

    /** Gives all places back, also those to wait in, and lets nobody in any more. */
    List<Ticket> fail() {
        lock.lock();
        try {
            state = State.FAILED;
            List<Ticket> gone = clear();
            gone.addAll(queue);
            queue.clear();
            return gone;
        } finally {
            lock.unlock();
        }
    }
}
