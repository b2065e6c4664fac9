package dev.dllm4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * Threads that cancel, pause and resume the same tickets, as Lincheck mixes them: whoever cancels one sees the reason
 * that everybody sees from then on, and who resumes last has it resumed.
 */
@Param(name = "why", gen = IntGen.class, conf = "0:2")
public class TicketConcurrencyTest {
    private static final int TICKETS = 2000;

    private final Places places = new Places(Limits.DEFAULT, new SilentMeters());
    private final List<Ticket> tickets = Stream.generate(() -> new Ticket(
                    places, ScriptedSequences.ENTRY.decoding(), ScriptedSequences.ENTRY.watcher(), System.nanoTime()))
            .limit(TICKETS)
            .toList();
    /** The reasons that each who cancelled all has seen. */
    private final Queue<List<End.Reason>> seen = new ConcurrentLinkedQueue<>();

    @Operation
    public void cancel(@Param(name = "why") int why) {
        End.Reason reason = End.Reason.values()[why];
        List<End.Reason> reasons = new ArrayList<>(TICKETS);
        for (Ticket ticket : tickets) {
            ticket.cancel(reason);
            reasons.add(Objects.requireNonNull(ticket.reason()));
        }
        seen.add(reasons);
    }

    @Operation
    public void pauseAndResume() {
        for (Ticket ticket : tickets) {
            ticket.pause();
            ticket.resume();
        }
    }

    @Validate
    public void theFirstReasonStaysAndNobodyIsLeftPaused() {
        for (List<End.Reason> reasons : seen) {
            assertThat(tickets).map(Ticket::reason).isEqualTo(reasons);
        }
        assertThat(tickets).noneMatch(Ticket::paused);
        assertThat(seen.isEmpty() || ScriptedSequences.ENTRY.decoding().done()).isTrue();
    }

    @Test
    void theFirstReasonCounts() {
        new StressOptions()
                .iterations(5)
                .invocationsPerIteration(60)
                .threads(3)
                .actorsBefore(0)
                .actorsPerThread(1)
                .actorsAfter(0)
                .verifier(EpsilonVerifier.class)
                .minimizeFailedScenario(false)
                .check(TicketConcurrencyTest.class);
    }
}
