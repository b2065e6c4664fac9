package dev.dllm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
    @Test
    void whatArrivesIsNoFailure() {
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        StandardOutput output = new StandardOutput(target);
        print(output);
        assertThat(target).hasToString("text");
        assertThat(output.failed()).isFalse();
        assertThat(output.complaint()).isEmpty();
    }

    @Test
    void aFullDiskIsTold() {
        StandardOutput output = failing("No space left on device");
        print(output);
        assertThat(output.failed()).isTrue();
        assertThat(output.complaint())
                .hasValue("standard output cannot be written: No space left on device; send it elsewhere");
    }

    @Test
    void aReaderThatLeftIsNoMatterForWords() {
        StandardOutput output = failing("Broken pipe");
        print(output);
        assertThat(output.failed()).isTrue();
        assertThat(output.complaint()).isEmpty();
    }

    private static void print(StandardOutput output) {
        new PrintStream(output, true, UTF_8).print("text");
    }

    private static StandardOutput failing(String reason) {
        return new StandardOutput(new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException(reason);
            }
        });
    }
}
