package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryLimitTest {
    private static final long GIBIBYTE = 1L << 30;

    @Test
    void aBudgetThatTheJvmDoesNotGrantNamesTheOption() {
        MemoryLimit limit = new MemoryLimit(GIBIBYTE, 16 * GIBIBYTE);
        limit.require(GIBIBYTE);
        assertThatThrownBy(() -> limit.require(2 * GIBIBYTE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cache budget is 2048 MiB; it must be at most the 1024 MiB of direct memory that this JVM"
                        + " grants, so lower it or start Java with -XX:MaxDirectMemorySize=2147483648");
    }

    @Test
    void aBudgetAboveTheMachinesMemoryCanOnlyBeLowered() {
        assertThatThrownBy(() -> new MemoryLimit(1024 * GIBIBYTE, 16 * GIBIBYTE).require(17 * GIBIBYTE))
                .hasMessage("cache budget is 17408 MiB; it must be at most the 16384 MiB of memory there is, so lower"
                        + " it");
    }

    @Test
    void thisJvmGrantsAndHasSomething() {
        MemoryLimit limit = MemoryLimit.now();
        assertThat(limit.granted()).isPositive();
        assertThat(limit.installed()).isPositive();
    }

    @Test
    void aBudgetThatCannotBeHadIsRefusedBeforeTheModelIsOpened() {
        CommandRun run = CommandRun.of("generate", "2 + 2", "--cache", "elastic", "--cache-budget", "900000000g");
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.err()).startsWith("dllm4j: cache budget is 921600000000 MiB; it must be at most the ");
        assertThat(run.err().lines()).hasSize(1);
    }
}
