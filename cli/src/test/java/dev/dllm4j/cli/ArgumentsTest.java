package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    @Test
    void whatJavaLostIsReadFromTheCommandLine() {
        assertThat(restored(UTF_8, "generate", "caf\ufffd\ufffd \ufffd\ufffd\ufffd", "x"))
                .containsExactly("generate", "caf\u00e9 \u2026", "x");
    }

    @Test
    void whatWasNeverUtf8StaysLost() {
        assertThat(restored(ISO_8859_1, "generate", "caf\ufffd", "x")).containsExactly("generate", "caf\ufffd", "x");
    }

    @Test
    void argumentsThatTheCommandLineDoesNotHoldStayAsTheyAre() {
        assertThat(Arguments.restored(new String[] {"a", "\ufffd"}, "java\0".getBytes(UTF_8)))
                .containsExactly("a", "\ufffd");
    }

    private static String[] restored(Charset charset, String... asJavaReadThem) {
        String given = charset.equals(UTF_8) ? "caf\u00e9 \u2026" : "caf\u00e9";
        String commandLine = "java\0-jar\0dllm4j.jar\0generate\0" + given + "\0x\0";
        return Arguments.restored(asJavaReadThem, commandLine.getBytes(charset));
    }
}
