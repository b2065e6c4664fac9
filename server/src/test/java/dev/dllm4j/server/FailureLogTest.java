package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.model.MaskPredictor;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.GatedServer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the log says of a request that failed, on the one line that is printed of a record without {@code --verbose}. */
class FailureLogTest {
    private static final Logger OURS = Logger.getLogger("dev.dllm4j.server");

    private final List<LogRecord> records = Collections.synchronizedList(new ArrayList<>());
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
                records.add(line);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        OURS.addHandler(handler);
        OURS.setUseParentHandlers(false);
    }

    @AfterEach
    void leave() {
        OURS.removeHandler(handler);
        OURS.setUseParentHandlers(true);
    }

    @Test
    void aLineHasIdClassMessageAndPlace() {
        Reply reply = fail(() -> {
            throw new IllegalStateException("no rows");
        });

        String id = reply.header("X-Request-Id");
        assertThat(reply.json().at("/error/message").asText())
                .isEqualTo("the server failed; its log says why, at request " + id);
        assertThat(line())
                .startsWith("request " + id
                        + " to /v1/completions failed: IllegalStateException: no rows, at FailureLogTest")
                .contains("(FailureLogTest.java:");
    }

    @Test
    void aStreamThatFailsIsLoggedToo() {
        Reply reply = fail(",\"stream\":true", () -> {
            throw new IllegalStateException("no rows");
        });

        assertThat(reply.events("error")).singleElement().asString().contains("its log says why");
        assertThat(line()).contains(reply.header("X-Request-Id"), "IllegalStateException: no rows, at FailureLogTest");
    }

    /** As {@link Integer#parseInt} quotes its text, any library may quote a prompt. */
    @Test
    void aLibrarysMessageIsNotRepeated() {
        Reply reply = fail(() -> Integer.parseInt("my secret"));

        assertThat(reply.body()).doesNotContain("secret");
        assertThat(line())
                .contains("NumberFormatException, at FailureLogTest", "(FailureLogTest.java:")
                .doesNotContain("secret");
    }

    @Test
    void norIsItWhereOursRepeatsIt() {
        fail(() -> {
            try {
                Integer.parseInt("my secret");
            } catch (NumberFormatException e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(line())
                .contains("IllegalStateException, at FailureLogTest", "; caused by NumberFormatException, at ")
                .doesNotContain("secret");
    }

    /** One record, one line, nothing behind it: a stack is printed on demand alone. */
    private String line() {
        assertThat(records).hasSize(1);
        assertThat(records.get(0).getThrown()).isNull();
        assertThat(records.get(0).getMessage()).hasLineCount(1);
        return records.get(0).getMessage();
    }

    private static Reply fail(Runnable failure) {
        return fail("", failure);
    }

    private static Reply fail(String fields, Runnable failure) {
        MaskPredictor model =
                new Failing(new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.8)), failure);
        try (GatedServer server =
                new GatedServer("failing", model, new TokenNames(), Optional.empty(), ServerOptions.DEFAULT)) {
            server.gate().open();
            Reply reply = server.client().post("/v1/completions", "{\"prompt\":[1],\"max_tokens\":32" + fields + "}");
            assertThat(reply.status()).isEqualTo(fields.isEmpty() ? 500 : 200);
            return reply;
        }
    }

    /** Fails at every forward. */
    private record Failing(MaskPredictor model, Runnable failure) implements MaskPredictor {
        @Override
        public ModelSpec spec() {
            return model.spec();
        }

        @Override
        public void predict(List<RowRequest> requests) {
            failure.run();
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
