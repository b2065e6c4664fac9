package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GridTest {
    @Test
    void bracesAreExpandedInTheirOrder() {
        assertThat(Grid.expand("threshold({0.7, 0.9})")).containsExactly("threshold(0.7)", "threshold(0.9)");
        assertThat(Grid.expand("{a,b}({1,2})")).containsExactly("a(1)", "a(2)", "b(1)", "b(2)");
    }

    @Test
    void whatHasNoBracesStaysAsItIs() {
        assertThat(Grid.expand("threshold(0.9)")).containsExactly("threshold(0.9)");
        assertThat(Grid.expand("threshold({0.9")).containsExactly("threshold({0.9");
    }
}
