package dev.dllm4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * Threads that cancel the same tickets at once, as Lincheck mixes them: whoever cancels one sees the reason that
 * everybody sees from then on.
 */
@Param(name = "why", gen = IntGen.class, conf = "0:2")
public class TicketConcurrencyTest {
    private static final int TICKETS = 2000;
    private static final int SPINS = 500;

    private final Places places = new Places(Limits.DEFAULT, new SilentMeters());
    private final List<Ticket> tickets = Stream.generate(() -> new Ticket(
                    places, ScriptedSequences.ENTRY.decoding(), ScriptedSequences.ENTRY.watcher(), System.nanoTime()))
            .limit(TICKETS)
            .toList();
    private final AtomicIntegerArray arrived = new AtomicIntegerArray(TICKETS);
    /** The reasons that each who cancelled all has seen. */
    private final Queue<List<End.Reason>> seen = new ConcurrentLinkedQueue<>();

    /** Waits a little for another thread that comes to the same ticket, so that they are there at once. */
    private void meet(int ticket) {
        arrived.incrementAndGet(ticket);
        for (int spin = 0; spin < SPINS && arrived.get(ticket) < 2; spin++) {
            Thread.onSpinWait();
        }
    }

    @Operation
    public void cancel(@Param(name = "why") int why) {
        End.Reason reason = List.of(End.Reason.values()).get(why);
        List<End.Reason> reasons = new ArrayList<>(TICKETS);
        for (int i = 0; i < TICKETS; i++) {
            meet(i);
            tickets.get(i).cancel(reason);
            reasons.add(Objects.requireNonNull(tickets.get(i).reason()));
        }
        seen.add(reasons);
    }

    @Validate
    public void theFirstReasonStays() {
        for (List<End.Reason> reasons : seen) {
            assertThat(tickets).map(Ticket::reason).isEqualTo(reasons);
        }
        assertThat(seen.isEmpty() || ScriptedSequences.ENTRY.decoding().done()).isTrue();
    }

    @Test
    void theFirstReasonCounts() {
        new StressOptions()
                .iterations(5)
                .invocationsPerIteration(60)
                .threads(2)
                .actorsBefore(0)
                .actorsPerThread(1)
                .actorsAfter(0)
                .verifier(EpsilonVerifier.class)
                .minimizeFailedScenario(false)
                .check(TicketConcurrencyTest.class);
    }
}
