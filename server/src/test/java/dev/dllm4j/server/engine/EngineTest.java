package dev.dllm4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.server.testing.Wait;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of sequences where those who follow them fail, or the engine itself. */
class EngineTest {
    private final Decoder decoder = new Decoder(
            new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.95)),
            new TokenNames(),
            Optional.empty(),
            "scripted");
    private final Meters meters = new Meters();
    private final Engine engine = new Engine(
            "failing", decoder.model(), new Limits(2, 8, Duration.ofMinutes(1), Duration.ofMinutes(1)), meters);

    @AfterEach
    void close() {
        engine.close();
        decoder.close();
    }

    private Engine.Entry entry(Watcher watcher) {
        return new Engine.Entry(
                decoder.start(
                        new int[] {1, 2, 3},
                        DecodingConfig.DEFAULT
                                .withGenLength(32)
                                .withStop(new FullCanvas())
                                .withStrategy(UnmaskingStrategy.parse("topk(1)"))),
                watcher);
    }

    private End decoded() throws Refused {
        Following watcher = new Following();
        engine.submit(List.of(entry(watcher)));
        return watcher.end.join();
    }

    @Test
    void whoeverFollowsOneSequenceAndFailsEndsThatOneAlone() throws Refused {
        Error atStart = new StackOverflowError("at its start");
        Error atStep = new OutOfMemoryError("at its step");
        Following starting = new Following() {
            @Override
            public void started() {
                throw atStart;
            }
        };
        Following stepping = new Following() {
            @Override
            public boolean stepped(Decoding decoding, StepReport report) {
                throw atStep;
            }
        };
        Following ending = new Following() {
            @Override
            public void ended(Decoding decoding, End end) {
                super.ended(decoding, end);
                throw new StackOverflowError("at its end");
            }
        };
        Following sound = new Following();

        engine.submit(List.of(entry(starting), entry(stepping), entry(ending), entry(sound)));

        assertThat(starting.end.join()).isEqualTo(new End.Failed(atStart));
        assertThat(stepping.end.join()).isEqualTo(new End.Failed(atStep));
        assertThat(ending.end.join()).isEqualTo(new End.Done());
        assertThat(sound.end.join()).isEqualTo(new End.Done());
        assertThat(decoded()).isEqualTo(new End.Done());
        assertThat(meters.failures.get()).isZero();
        assertThat(decoder.cache().liveBytes()).isZero();
    }

    @Test
    void metersThatFailEndNothing() throws Refused {
        meters.failing = true;

        assertThat(decoded()).isEqualTo(new End.Done());
        assertThat(decoded()).isEqualTo(new End.Done());
    }

    @Test
    void anEngineThatFailsEndsWhoHasAPlaceServesWhoWaitsAndGoesOn() throws Refused {
        Held first = new Held();
        Held second = new Held();
        Following third = new Following();
        List<Ticket> tickets = engine.submit(List.of(entry(first), entry(second), entry(third)));
        tickets.subList(0, 2).forEach(Ticket::pause);
        first.waits.complete(null);
        second.waits.complete(null);
        Wait.until("two have places and the third waits", () -> engine.active() == 2 && engine.queued() == 1);

        fail(1);

        End failed = new End.Cancelled(End.Reason.ENGINE_FAILED);
        assertThat(first.end.join()).isEqualTo(failed);
        assertThat(second.end.join()).isEqualTo(failed);
        assertThat(third.end.join()).isEqualTo(new End.Done());
        assertThat(decoded()).isEqualTo(new End.Done());
        assertThat(engine.running()).isTrue();
        assertThat(engine.failed()).isFalse();
    }

    @Test
    void oneThatFailsTooOftenStaysStoppedAndSaysSo() throws Refused {
        for (int failures = 1; failures <= Restarts.MOST; failures++) {
            fail(failures);
        }
        assertThat(decoded()).isEqualTo(new End.Done());
        assertThat(engine.failed()).isFalse();

        fail(Restarts.MOST + 1);

        Wait.until("it says so", engine::failed);
        assertThat(engine.running()).isFalse();
        assertThatThrownBy(() -> engine.submit(List.of(entry(new Following()))))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.why()).isEqualTo(Refused.Cause.FAILED));
    }

    @Test
    void restartsAreCountedWithinAMinute() {
        Restarts restarts = new Restarts();
        long minute = Restarts.WHILE.toNanos();
        for (int i = 0; i < Restarts.MOST; i++) {
            assertThat(restarts.grant(i)).isTrue();
        }
        assertThat(restarts.grant(minute)).isFalse();
        assertThat(restarts.grant(minute + 1)).isTrue();
        assertThat(restarts.grant(minute + 1)).isFalse();
    }

    /** Nothing in the engine waits for an interrupt, so that one is a failure of the engine itself. */
    private void fail(int failures) {
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("dllm4j-engine-failing"))
                .forEach(Thread::interrupt);
        Wait.until("the engine has failed", () -> meters.failures.get() == failures);
    }

    private static class Following implements Watcher {
        final CompletableFuture<End> end = new CompletableFuture<>();

        @Override
        public boolean stepped(Decoding decoding, StepReport report) {
            return true;
        }

        @Override
        public void ended(Decoding decoding, End why) {
            assertThat(end.complete(why)).as("ended once").isTrue();
        }
    }

    /** Keeps the engine at its start until it is let go. */
    private static final class Held extends Following {
        private final CompletableFuture<Void> waits = new CompletableFuture<>();

        @Override
        public void started() {
            waits.join();
        }
    }

    private static final class Meters implements EngineMeters {
        private final AtomicInteger failures = new AtomicInteger();
        private volatile boolean failing;

        @Override
        public void failed() {
            failures.incrementAndGet();
        }

        private void mayFail() {
            if (failing) {
                throw new IllegalStateException("not counted");
            }
        }

        @Override
        public void stepped(List<Outcome> outcomes, long nanos) {
            mayFail();
        }

        @Override
        public void handedOver(long nanos) {
            mayFail();
        }

        @Override
        public void ended(Decoding decoding, End end) {
            mayFail();
        }

        @Override
        public void answered(int textTokens, int forwardsMade) {}

        @Override
        public void refused(Refused.Cause why) {}
    }
}
