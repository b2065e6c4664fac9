package dev.dllm4j.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A budget above what the JVM grants to direct memory, in a JVM that grants 61 MiB: three sequences of 16 MiB. */
class SmallMemoryTest {
    @Test
    void whatTheJvmGrantsIsTheBudgetAndIsWarnedOfOnce() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:MaxDirectMemorySize=61m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallMemory.class.getName())
                .redirectErrorStream(true)
                .start();
        List<String> said = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as(said.toString()).isZero();

        List<String> leases = said.stream()
                .filter(line -> line.matches("(new|found|live) .*"))
                .toList();
        assertThat(leases)
                .startsWith("new rows", "new rows", "new rows", "new nothing")
                .endsWith("live 48", "live 0", "new rows", "found rows", "live 0")
                .contains("found rows")
                .doesNotContain("found nothing");
        assertThat(said.stream().filter(line -> line.contains("cache budget")))
                .singleElement()
                .asString()
                .endsWith(
                        "the cache budget is 1073741824 bytes and the JVM grants 62914560 of direct memory to it; rows"
                                + " are kept within those, so lower the budget or start Java with a larger"
                                + " -XX:MaxDirectMemorySize");
    }
}
