package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Questions in SVAMP's layout, one JSON array of {@code {"Body": …, "Question": …, "Answer": 51.0}}. A whole number loses
 * its fraction, as worked answers have none.
 *
 * @see <a href="https://github.com/arkilpatel/SVAMP">SVAMP</a>
 */
final class SvampFile {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private SvampFile() {}

    /** The array's entries; none where the bytes are something else. */
    static List<JsonNode> entries(byte[] bytes) {
        List<JsonNode> entries = new ArrayList<>();
        try {
            JsonNode json = MAPPER.readTree(bytes);
            if (json.isArray() && json.path(0).has("Body")) {
                json.forEach(entries::add);
            }
        } catch (IOException e) {
            // JSON lines, or nothing: the caller finds out
        }
        return entries;
    }

    static Question question(JsonNode entry, int number) {
        JsonNode answer = entry.path("Answer");
        if (!entry.path("Body").isTextual() || !entry.path("Question").isTextual() || !answer.isNumber()) {
            throw new IllegalArgumentException("Body or Question is no text, or Answer no number");
        }
        String body = entry.path("Body").textValue().strip();
        String text = body
                + (body.isEmpty() || body.endsWith(".") || body.endsWith("?") ? " " : ". ")
                + entry.path("Question").textValue().strip();
        BigDecimal value = answer.decimalValue().stripTrailingZeros();
        return new Question(
                entry.path("ID").asText(String.valueOf(number)), text.strip(), "#### " + value.toPlainString());
    }
}
