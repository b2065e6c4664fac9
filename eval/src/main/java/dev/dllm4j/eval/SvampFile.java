package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Questions in SVAMP's layout, one JSON array of {@code {"Body": …, "Question": …, "Answer": 51.0}}, the answer a number or
 * text of one. A whole number loses its fraction, as worked answers have none.
 *
 * @see <a href="https://github.com/arkilpatel/SVAMP">SVAMP</a>
 */
final class SvampFile {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String NUMBER = "[-+]?\\d{1,40}(\\.\\d{0,40})?([eE][-+]?\\d{1,2})?";

    private SvampFile() {}

    /** The array's entries; none where the bytes are something else. */
    static List<JsonNode> entries(byte[] bytes) {
        List<JsonNode> entries = new ArrayList<>();
        try {
            JsonNode json = MAPPER.readTree(bytes);
            if (json.isArray() && isEntry(json.path(0))) {
                json.forEach(entries::add);
            }
        } catch (IOException e) {
            // JSON lines, or nothing: the caller finds out
        }
        return entries;
    }

    /** Whether an object is in this layout. */
    static boolean isEntry(JsonNode json) {
        return json.has("Body") && !json.has("question");
    }

    /** Adds an entry's question; a number of the file is its id where it has none. */
    static void add(JsonNode entry, int number, QuestionList questions) {
        if (!entry.path("Body").isTextual() || !entry.path("Question").isTextual()) {
            throw new IllegalArgumentException("Body or Question is not text");
        }
        String body = entry.path("Body").textValue().strip();
        String text = body
                + (body.isEmpty() || body.endsWith(".") || body.endsWith("?") ? " " : ". ")
                + entry.path("Question").textValue().strip();
        JsonNode id = entry.path("ID");
        questions.add(
                id.isTextual() || id.isIntegralNumber() ? Optional.of(id.asText()) : Optional.empty(),
                number,
                text.strip(),
                "#### " + number(entry.path("Answer")),
                true);
    }

    /** A number, also one that is written as text, {@code "1,145.0"}, without a fraction of noughts. */
    static String number(JsonNode answer) {
        String text = answer.isNumber() || answer.isTextual()
                ? answer.asText().strip().replace(",", "")
                : "";
        if (!text.matches(NUMBER)) {
            String found = answer.isMissingNode() ? "missing" : OneLine.of(answer.toString(), 60);
            throw new IllegalArgumentException("Answer is " + found + "; it must be a number");
        }
        return new BigDecimal(text).stripTrailingZeros().toPlainString();
    }
}
