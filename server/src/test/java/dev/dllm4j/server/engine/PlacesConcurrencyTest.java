package dev.dllm4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Clients who submit and cancel while an engine takes its turns, fails, or stops, in whatever order Lincheck makes of
 * it: never too many are in, and whoever was let in is started once at most and ends once.
 */
@Param(name = "count", gen = IntGen.class, conf = "1:3")
@Param(name = "nth", gen = IntGen.class, conf = "0:4")
public class PlacesConcurrencyTest {
    private static final Limits LIMITS = new Limits(2, 3, Duration.ofMinutes(1), Duration.ofMinutes(1));
    private static final int ROUNDS = 2000;

    private final Places places = new Places(LIMITS, new SilentMeters());
    private final Queue<Ticket> admitted = new ConcurrentLinkedQueue<>();
    private final Set<Ticket> started = ConcurrentHashMap.newKeySet();
    private final Set<Ticket> ended = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile @Nullable String wrong;

    private void require(boolean right, String otherwise) {
        if (!right) {
            wrong = otherwise;
        }
    }

    @Operation
    public void submit(@Param(name = "count") int count) {
        for (int round = 0; round < ROUNDS; round++) {
            boolean late = closed;
            try {
                List<Ticket> tickets = places.submit(Collections.nCopies(count, ScriptedSequences.ENTRY));
                admitted.addAll(tickets);
                require(tickets.size() == count, "some were let in, others not");
                require(!late, "somebody was let in after the end");
            } catch (Refused e) {
                // Allowed at any time: the others may have taken the places.
            }
            require(places.active() <= LIMITS.active(), "more are active than allowed");
            require(places.queued() <= LIMITS.active() + LIMITS.queued(), "more wait than allowed");
        }
    }

    @Operation
    public void cancel(@Param(name = "nth") int nth) {
        admitted.stream().skip(nth).findFirst().ifPresent(ticket -> ticket.cancel(End.Reason.CLIENT_GONE));
    }

    @Operation(nonParallelGroup = "engine")
    public void turns() {
        for (int round = 0; round < ROUNDS; round++) {
            if (places.active() + places.queued() > 0) {
                turn();
            }
        }
    }

    private void turn() {
        Places.Turn turn = places.turn();
        turn.leaving().forEach(this::end);
        turn.starting().forEach(ticket -> require(started.add(ticket), "one is started twice"));
        require(turn.active().size() <= LIMITS.active(), "more have places than there are");
        require(
                turn.active().size() + places.queued() <= LIMITS.active() + LIMITS.queued(),
                "more are in than allowed");
        require(started.containsAll(turn.active()), "one is active and was not started");
        if (!turn.active().isEmpty()) {
            Ticket first = turn.active().get(0);
            places.leave(first);
            end(first);
        }
    }

    private void end(Ticket ticket) {
        require(ended.add(ticket), "one ends twice");
    }

    @Operation(nonParallelGroup = "engine")
    public void failAndBeginAnew() {
        places.clear().forEach(this::end);
    }

    @Operation(nonParallelGroup = "engine", runOnce = true)
    public void failForGood() {
        places.fail().forEach(this::end);
        closed = true;
    }

    @Operation(runOnce = true)
    public void drain() {
        if (!closed) {
            places.enter(Places.State.DRAINING);
            closed = true;
        }
    }

    @Validate
    public void nobodyIsLostOrServedTwice() {
        places.enter(Places.State.STOPPED);
        while (places.active() + places.queued() > 0) {
            turn();
        }
        assertThat(places.turn().over()).isTrue();
        assertThat(wrong).isNull();
        assertThat(ended).containsExactlyInAnyOrderElementsOf(admitted);
    }

    @Test
    void clientsAndAnEngineShareThePlaces() {
        new StressOptions()
                .iterations(3)
                .invocationsPerIteration(20)
                .threads(3)
                .actorsBefore(1)
                .actorsPerThread(3)
                .actorsAfter(0)
                .verifier(EpsilonVerifier.class)
                .minimizeFailedScenario(false)
                .check(PlacesConcurrencyTest.class);
    }
}
