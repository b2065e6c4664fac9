package dev.dllm4j.decoder.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Harmless templates under lowered limits. */
class TemplateLimitsTest {
    private static final TemplateLimits LOW = new TemplateLimits(1_000, 10_000, 200, 2_000, 10, Duration.ofMinutes(5));
    private static final String LOOP = "{% for a in range(200) %}{% for b in range(200) %}{% endfor %}{% endfor %}";

    @Test
    void aTemplateIsOnlyAsLongAsAllowed() {
        assertThat(render("x".repeat(200), LOW)).hasSize(200);
        fails("x".repeat(1_001), "line 1: the template has 1001 characters; at most 1000 are read");
    }

    @Test
    void aLoopEndsAtItsSteps() {
        fails("\n" + LOOP, "line 2: the template takes more than 10000 steps, its limit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(50) %}12345{% endfor %}",
                "{{ 'x' * 201 }}",
                "{% macro m() %}{{ 'x' * 150 }}{% endmacro %}{{ m() }}{{ m() }}",
            })
    void theRenderedTextIsOnlyAsLongAsAllowed(String template) {
        fails(template, "line 1: the template writes more than 200 characters, its limit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ('x' * 3000) | length }}",
                "{{ ('x' * 9000000000000) | length }}",
                "{{ ([1] * 200) | length }}",
                "{{ ([1] * 9000000000000) | length }}",
                "{{ 'x'.center(3000) | length }}",
                "{{ 'x'.zfill(3000) | length }}",
                "{{ ('%3000d' % 1) | length }}",
                "{{ ('%.3000f' % 1) | length }}",
                "{{ 'x' | center(3000) | length }}",
                "{{ 'x\ny' | indent(3000) | length }}",
                "{{ 'aaaaaaaaaa'.replace('a', 'x' * 300) | length }}",
                "{{ 'aaaaaaaaaa'.replace('', 'x' * 300) | length }}",
                "{{ range(200) | list | length }}",
                "{{ range(200) | map('string') | list | length }}",
                "{{ ('x ' * 200).split() | length }}",
                "{{ ('x' * 1000) | list | length }}",
                "{{ range(10) | join('x' * 300) | length }}",
                "{{ [[1]] | tojson(indent=3000) | length }}",
                "{{ [1] | batch(3000, 0) | list | length }}",
                "{{ [1] | slice(3000) | list | length }}",
                "{% set ns = namespace(x='xxxx') %}{% for i in range(10) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(10) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[]) %}{% for i in range(9) %}{% set ns.x = [ns.x, ns.x, ns.x] %}{% endfor %}"
                        + "{{ ns.x | string | length }}",
                "{% set x %}{% for i in range(90) %}{{ 'x' * 30 }}{% endfor %}{% endset %}",
            })
    void valuesAreOnlyAsLongInAllAsAllowed(String template) {
        fails(template, "line 1: the template builds values of more than 2000 characters in all, its limit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((((((((((((1))))))))))))",
                "[[[[[[[[[[[[1]]]]]]]]]]]]",
                "not not not not not not not not not not not 1",
                "- - - - - - - - - - - - 1"
            })
    void tagsAndBracketsNestOnlyAsDeepAsAllowed(String expression) {
        fails("{{ " + expression + " }}", "line 1: tags and brackets nest deeper than 10 levels, the limit");
        fails("{% if 1 %}".repeat(11), "line 1: tags and brackets nest deeper than 10 levels, the limit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
                "{% for n in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{{ 0" + " + 1" + " + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1"
                        + " + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 }}",
                "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set a = namespace(x=[]) %}{% set b = namespace(x=[]) %}{% for i in range(45) %}"
                        + "{% set a.x = [a.x] %}{% set b.x = [b.x] %}{% endfor %}{{ a.x == b.x }}",
            })
    void evaluationNestsOnlyAsDeepAsAllowed(String template) {
        TemplateLimits limits = new TemplateLimits(1_000, 10_000, 200, 20_000, 10, Duration.ofMinutes(5));
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> render(template, limits))
                .withMessage("line 1: evaluation nests deeper than 40 levels, its limit");
    }

    @Test
    void theDefaultDepthFitsASmallStack() throws InterruptedException {
        Template recursion = Template.parse(
                "{% macro m(n) %}{% for x in [n] %}{% if true %}{{ [m(n + 1) | trim, 1] }}{% endif %}{% endfor %}"
                        + "{% endmacro %}{{ m(0) }}",
                TemplateOptions.CHAT);
        String[] message = {""};
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        recursion.render(Map.of());
                    } catch (TemplateException e) {
                        message[0] = e.getMessage();
                    }
                },
                "small stack",
                512 * 1024);
        thread.start();
        thread.join();
        assertThat(message[0]).contains("evaluation nests deeper than 400 levels");
    }

    @Test
    void renderingEndsInTime() {
        TemplateLimits limits = new TemplateLimits(1_000, Long.MAX_VALUE / 2, 200, 2_000, 10, Duration.ofNanos(1));
        fails(LOOP, limits, "line 1: the template takes longer than 0 ms, its limit");
    }

    @Test
    void renderingEndsWhenItsThreadIsInterrupted() {
        TemplateLimits limits =
                new TemplateLimits(1_000, Long.MAX_VALUE / 2, 200, 2_000_000, 10, Duration.ofMinutes(5));
        TemplateFilter interrupting = (value, positional, named) -> {
            Thread.currentThread().interrupt();
            return value;
        };
        TemplateOptions options =
                new TemplateOptions(limits, false, false, Map.of("interrupting", interrupting), Clock.systemUTC());
        Template template = Template.parse("{{ 'x' | interrupting }}" + LOOP, options);
        try {
            assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> template.render(Map.of()));
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void aRangeIsAsLongAsInTheSandbox() {
        assertThat(render("{{ range(100000) | length }}", LOW)).isEqualTo("100000");
        fails("{{ range(100001) | length }}", "line 1: range has more than 100000 elements, its limit");
    }

    @Test
    void aLongNeedleIsSoughtInTimeThatGrowsWithTheLengths() {
        TemplateLimits limits = new TemplateLimits(1_000, 10_000, 200, 600_000, 10, Duration.ofMinutes(5));
        String template = "{% set hay = 'a' * 200000 %}{% set needle = 'a' * 100000 ~ 'b' %}"
                + "{{ needle in hay }}{{ hay.find(needle) }}{{ hay.count(needle) }}{{ hay.rfind('a' * 100) }}";
        assertThat(render(template, limits)).isEqualTo("False-10199900");
    }

    @Test
    void limitsArePositive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TemplateLimits(1, 0, 1, 1, 1, Duration.ofSeconds(1)))
                .withMessage("steps is 0; it must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TemplateLimits(1, 1, 1, 1, 1, Duration.ZERO))
                .withMessage("time is PT0S; it must be positive");
    }

    private static void fails(String template, String message) {
        fails(template, LOW, message);
    }

    private static void fails(String template, TemplateLimits limits, String message) {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> render(template, limits))
                .withMessage(message);
    }

    private static String render(String template, TemplateLimits limits) {
        return Template.parse(template, TemplateOptions.CHAT.withLimits(limits)).render(Map.of());
    }
}
