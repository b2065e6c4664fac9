package dev.dllm4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * Clients who submit while an engine takes its turns, fails, or stops, as Lincheck mixes them, at many places in a row:
 * never too many are in, and whoever was let in ends once.
 */
@Param(name = "count", gen = IntGen.class, conf = "1:2")
public class PlacesConcurrencyTest {
    private static final Limits LIMITS = new Limits(1, 2, Duration.ofDays(1), Duration.ofDays(1));
    private static final int LIVES = 500;
    private static final int SPINS = 500;

    private final List<Life> lives = Stream.generate(Life::new).limit(LIVES).toList();

    /** Places, and who came and went. */
    private static final class Life {
        private final Places places = new Places(LIMITS, new SilentMeters());
        private final AtomicInteger arrived = new AtomicInteger();
        private final Queue<Ticket> admitted = new ConcurrentLinkedQueue<>();
        private final Queue<Ticket> ended = new ConcurrentLinkedQueue<>();

        /** Waits a little for another thread, so that both are there at once. */
        Life meet() {
            int coming = arrived.incrementAndGet();
            for (int spin = 0; spin < SPINS && coming % 2 == 1 && arrived.get() == coming; spin++) {
                Thread.onSpinWait();
            }
            return this;
        }

        void submit(int count) {
            try {
                admitted.addAll(places.submit(Collections.nCopies(count, ScriptedSequences.ENTRY)));
            } catch (Refused e) {
                // Allowed at any time: the others may have taken the places.
            }
        }

        void turn() {
            if (places.active() + places.queued() == 0) {
                return;
            }
            Places.Turn turn = places.turn();
            ended.addAll(turn.leaving());
            for (Ticket ticket : turn.active()) {
                places.leave(ticket);
                ended.add(ticket);
            }
        }

        void end() {
            assertThat(places.active() + places.queued()).isBetween(0, LIMITS.active() + LIMITS.queued());
            ended.addAll(places.fail());
            assertThat(ended).containsExactlyInAnyOrderElementsOf(admitted);
        }
    }

    @Operation
    public void submit(@Param(name = "count") int count) {
        lives.forEach(life -> life.meet().submit(count));
    }

    @Operation(nonParallelGroup = "engine")
    public void turn() {
        lives.forEach(life -> life.meet().turn());
    }

    @Operation(nonParallelGroup = "engine")
    public void failForGood() {
        lives.forEach(life -> life.ended.addAll(life.meet().places.fail()));
    }

    @Validate
    public void nobodyIsLostOrServedTwice() {
        lives.forEach(Life::end);
    }

    @Test
    void clientsAndAnEngineShareThePlaces() {
        new StressOptions()
                .iterations(8)
                .invocationsPerIteration(30)
                .threads(3)
                .actorsBefore(0)
                .actorsPerThread(2)
                .actorsAfter(0)
                .verifier(EpsilonVerifier.class)
                .minimizeFailedScenario(false)
                .check(PlacesConcurrencyTest.class);
    }
}
