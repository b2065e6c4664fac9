package dev.dllm4j.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class SkippedTestsTest {
    @Test
    void eachSkippedTestHasALineWithItsReason() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        SkippedTests skipped = new SkippedTests(new PrintStream(printed, true, StandardCharsets.UTF_8));
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestExecutionListenerAutoRegistration(false)
                        .build())
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(
                                        DiscoverySelectors.selectClass(Some.class),
                                        DiscoverySelectors.selectClass(None.class))
                                .build(),
                        skipped);

        assertThat(printed.toString(StandardCharsets.UTF_8).lines().map(String::strip))
                .containsExactly(
                        "Skipped, and why:",
                        "SkippedTestsTest$None, all its tests: no card in this machine",
                        "SkippedTestsTest$Some.disabled: until the other one stands",
                        "SkippedTestsTest$Some.halfOfThem [1] absent: no absent file",
                        "SkippedTestsTest$Some.silent: assumption is not true");
    }

    @Test
    void itIsFoundWithoutBeingNamed() {
        assertThat(ServiceLoader.load(TestExecutionListener.class)).hasAtLeastOneElementOfType(SkippedTests.class);
    }

    static class Some {
        @Test
        void runs() {}

        @Test
        @Disabled("until the other one stands")
        void disabled() {}

        @Test
        void silent() {
            assumeTrue(false);
        }

        @ParameterizedTest(name = "[{index}] {0}")
        @ValueSource(strings = {"absent", "present"})
        void halfOfThem(String name) {
            assumeTrue(name.equals("present"), () -> "no " + name + "\n file");
        }
    }

    static class None {
        @BeforeAll
        static void look() {
            assumeTrue(false, "no card in this machine");
        }

        @Test
        void never() {}
    }
}
