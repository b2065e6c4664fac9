package dev.dllm4j.decoder.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Beside Jinja2's own texts, which .ci/check-templates.py makes and compares. */
class TemplateTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TypeReference<Map<String, @Nullable Object>> VARIABLES = new TypeReference<>() {};
    private static final TemplateOptions OPTIONS =
            TemplateOptions.CHAT.withClock(Clock.fixed(Instant.parse("2026-03-07T14:05:09Z"), ZoneOffset.UTC));

    @ParameterizedTest
    @MethodSource("families")
    void aChatTemplateRendersAsJinja2DoesIt(String family) {
        JsonNode conversations = json("conversations.json");
        Template template = Template.parse(resource("families/" + family + ".jinja"), OPTIONS);
        for (Map.Entry<String, JsonNode> each :
                json("rendered.json").get(family).properties()) {
            Map<String, @Nullable Object> variables = new HashMap<>();
            variables.put("tools", null);
            variables.put("documents", null);
            variables.putAll(MAPPER.convertValue(conversations.get("tokens"), VARIABLES));
            String conversation = each.getKey().substring(0, each.getKey().indexOf(','));
            variables.putAll(
                    MAPPER.convertValue(conversations.get("conversations").get(conversation), VARIABLES));
            variables.put("add_generation_prompt", each.getKey().endsWith(", prompt"));
            check(each.getKey(), template, variables, each.getValue());
        }
    }

    static Stream<String> families() {
        return json("rendered.json").properties().stream().map(Map.Entry::getKey);
    }

    @Test
    void aSnippetRendersAsJinja2DoesIt() {
        JsonNode data = json("snippets.json");
        Map<String, @Nullable Object> variables = MAPPER.convertValue(data.get("variables"), VARIABLES);
        for (JsonNode each : data.get("snippets")) {
            String text = each.get("template").asText();
            JsonNode expected = each.get("rendered");
            if (expected.path("fails").asText().equals("TemplateSyntaxError")) {
                assertThatExceptionOfType(TemplateException.class)
                        .as(text)
                        .isThrownBy(() -> Template.parse(text, OPTIONS));
            } else {
                check(text, Template.parse(text, OPTIONS), variables, expected);
            }
        }
        assertThat(data.get("snippets").size()).isGreaterThan(200);
        assertThat(families()).hasSizeGreaterThanOrEqualTo(60);
    }

    private static void check(
            String name, Template template, Map<String, @Nullable Object> variables, JsonNode expected) {
        if (expected.has("refused")) {
            assertThatExceptionOfType(TemplateRefusal.class)
                    .as(name)
                    .isThrownBy(() -> template.render(variables))
                    .withMessage(expected.get("refused").asText());
        } else if (expected.has("fails")) {
            assertThatExceptionOfType(TemplateException.class)
                    .as(name + " fails in Python: " + expected)
                    .isThrownBy(() -> template.render(variables));
        } else {
            assertThat(template.render(variables)).as(name).isEqualTo(expected.asText());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "{% include 'x' %} ! the tag include is refused",
                "{% import 'x' as y %} ! the tag import is refused",
                "{% from 'x' import y %} ! the tag from is refused",
                "{% extends 'x' %} ! the tag extends is refused",
                "{% block x %}{% endblock %} ! the tag block is refused",
                "{% do x %} ! the tag do is not known here or not supported",
                "{% if x %} ! the template ends where one of the tags [elif, else, endif] must follow",
                "{% endif %} ! the tag endif is not known here or not supported",
                "{% break %} ! break stands outside of a loop",
                "{{ x.__class__ }} ! the attribute __class__ is refused",
                "{{ x['__class__'] }} ! the attribute __class__ is refused",
                "{{ x.append(1) }} ! the method append is not supported: values cannot be changed",
                "{{ x.encode() }} ! the method encode is not supported",
                "{{ lipsum() }} ! the function lipsum is not supported",
                "{{ x | pprint }} ! the filter pprint is not supported",
                "{{ x | map('pprint') }} ! the filter pprint is not supported",
                "{{ x is filter }} ! the test filter is not supported",
                "{{ x | select('filter') }} ! the test filter is not supported",
                "{{ 'abc }} ! a string does not end; close it with '",
                "{{ x ! a tag does not end; close it with }}",
                "{# x ! a comment does not end; close it with #}",
                "{{ 99999999999999999999 }} ! the number 99999999999999999999 is beyond 64 bits",
                "{{ x ) }} ! unexpected )",
                "{{ x $ }} ! unexpected character $",
            })
    void whatIsNotSupportedIsRefusedWhenItIsParsed(String template, String reason) {
        String quoted = template.replace("close it with '", "");
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Template.parse("text\n\n" + quoted, OPTIONS))
                .withMessageStartingWith("line 3: ")
                .withMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ messages[name] }}",
                "{{ [messages] | map(attribute=name) | list }}",
                "{{ 2 ** 63 }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ [1] | select }}",
                "{{ range }}",
                "{{ messages.items }}",
                "{{ messages.update }}",
                "{{ ('<' | e) | upper }}",
                "{{ '{:5}'.format(1) }}",
                "{{ strftime_now('%Q') }}",
            })
    void whatOnlyTheValuesShowIsRefusedWithItsLine(String template) {
        Map<String, Object> variables = Map.of("messages", Map.of("a", 1), "name", "__class__");
        Template parsed = Template.parse("\n" + template, OPTIONS);
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> parsed.render(variables))
                .withMessageStartingWith("line 2: ");
    }

    @Test
    void aRenderingChangesNoVariable() {
        List<Object> numbers = List.of(3, 1, 2);
        assertThat(render("{{ n | sort }}{% set n = n + [4] %}{{ n }}", Map.of("n", numbers)))
                .isEqualTo("[1, 2, 3][3, 1, 2, 4]");
        assertThat(numbers).containsExactly(3, 1, 2);
    }

    @Test
    void threadsRenderOneTemplateAtTheSameTime() {
        Template template = Template.parse("{% set ns = namespace(x=n) %}{{ ns.x }}{{ loop }}", OPTIONS);
        List<String> expected =
                IntStream.range(0, 200).mapToObj(String::valueOf).toList();
        assertThat(IntStream.range(0, 200)
                        .parallel()
                        .mapToObj(number -> template.render(Map.of("n", number)))
                        .toList())
                .isEqualTo(expected);
    }

    @Test
    void aStrictTemplatePrintsNothingUndefined() {
        TemplateOptions strict = new TemplateOptions(TemplateLimits.DEFAULT, true, true, Map.of(), Clock.systemUTC());
        Template template = Template.parse("{{ x }}", strict);
        assertThat(template.render(Map.of("x", 1))).isEqualTo("1");
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> template.render(Map.of()))
                .withMessage("line 1: x is undefined");
    }

    @Test
    void aFilterOfTheHostGetsPlainValues() {
        TemplateFilter filter = (value, positional, named) -> value + " " + positional + " " + named;
        TemplateOptions options =
                new TemplateOptions(TemplateLimits.DEFAULT, true, true, Map.of("show", filter), Clock.systemUTC());
        assertThat(Template.parse("{{ 'a' | show(1, x=[2.5]) }}\n", options).render(Map.of()))
                .isEqualTo("a [1] {x=[2.5]}\n");
    }

    private static String render(String template, Map<String, ?> variables) {
        return Template.parse(template, OPTIONS).render(variables);
    }

    private static JsonNode json(String name) {
        try {
            return MAPPER.readTree(resource(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String resource(String name) {
        try (InputStream resource = Objects.requireNonNull(TemplateTest.class.getResourceAsStream(name), name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
