package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTest {
    private static final Map<String, Object> TURNS = Map.of(
            "messages",
            List.of(Map.of("role", "user", "content", "Hi"), Map.of("role", "assistant", "content", "Yes")));

    @Test
    void rendersAsPythonsJinjaDoes() throws IOException {
        JsonNode reference = Samples.json(Samples.resource("templates.json"));
        Map<String, Object> variables =
                new ObjectMapper().convertValue(reference.get("variables"), new TypeReference<>() {});
        for (JsonNode each : reference.get("cases")) {
            assertThat(Jinja.render(each.get("template").asText(), variables))
                    .as(each.get("name").asText())
                    .isEqualTo(each.get("rendered").asText());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for m in messages %}{{ m.role }}",
                "{{ 'abc }}",
                "{% frobnicate %}",
                "{{ 'x' | frobnicate }}",
                "{{ 'x' if messages is frobnicate }}",
                "{{ frobnicate('x') }}",
                "{{ 'x'.frobnicate() }}",
                "{{ bos_token + 'x' }}",
                "{{ 'x' + messages[0].name }}",
                "{{ messages | tojson(indent=2) }}",
                "{% for m in messages if m.role == 'user' %}{{ m.role }}{% endfor %}",
                "{% for m in messages | list() if (m.role == 'user') %}{{ m.role }}{% endfor %}",
                "{% for m in [] %}x{% else %}none{% endfor %}",
                "{% for m in messages %}{{ loop.previtem }}{% endfor %}",
                "{{ messages[::-1] | length }}"
            })
    void whatItWouldRenderWronglyIsRefused(String template) {
        assertThatIllegalArgumentException().isThrownBy(() -> Jinja.render(template, TURNS));
    }

    @Test
    void aConditionInsideALoopsListIsNoFilter() {
        assertThat(Jinja.render("{% for m in (messages if messages else []) %}{{ m.role }};{% endfor %}", TURNS))
                .isEqualTo("user;assistant;");
    }

    @Test
    void aTemplateMayRefuse() {
        assertThatThrownBy(() -> Jinja.render("{{ raise_exception('No tools.') }}", TURNS))
                .isInstanceOf(Jinja.Refusal.class)
                .hasMessage("No tools.");
    }

    @Test
    void threadsRenderAtTheSameTime() {
        List<String> expected =
                IntStream.range(0, 200).mapToObj(number -> number + "Hi").toList();
        assertThat(IntStream.range(0, 200)
                        .parallel()
                        .mapToObj(number -> Jinja.render(
                                "{{ n }}{{ messages[0].content }}",
                                Map.of("n", number, "messages", List.of(Map.of("content", "Hi")))))
                        .toList())
                .isEqualTo(expected);
    }
}
