package dev.dllm4j.eval.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

class HadoopLoginTest {
    @TempDir
    Path folder;

    @Test
    @EnabledForJreRange(max = JRE.JAVA_21, disabledReason = "Hadoop 3.4 reads files up to Java 23")
    void aJavaThatReadsFilesIsTaken() {
        assertThatCode(HadoopLogin::require).doesNotThrowAnyException();
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24, disabledReason = "Hadoop 3.4 reads no file from Java 24 on")
    void aJavaThatReadsNoFilesIsRefusedBeforeSparkStarts() {
        StringWriter err = new StringWriter();
        int exitCode = Main.commandLine()
                .setErr(new PrintWriter(err))
                .execute(
                        "generate",
                        "--model",
                        ".",
                        "--in",
                        "none",
                        "--out",
                        folder.resolve("out").toString());

        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "dllm4j: java is " + Runtime.version() + "; this Spark's Hadoop reads no file with it, so"
                                + " point JAVA_HOME at a Java 17 or 21, on the executors, too");
    }

    @Test
    void whatHadoopSaysIsNotLost() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HadoopLogin.require(() -> {
                    throw new UnsupportedOperationException("getSubject is not supported");
                }))
                .withMessageContaining("Java 17 or 21")
                .havingCause()
                .withMessage("getSubject is not supported");
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> HadoopLogin.require(() -> {
                    throw new IOException("no user");
                }))
                .withMessageStartingWith("Hadoop knows no user for this process (java.io.IOException: no user)");
    }
}
