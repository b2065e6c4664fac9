package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Questions in GSM8K's layout, JSON lines: {@code {"question": …, "answer": …}}. A line may have an {@code "id"}; its
 * number is its id otherwise. Other fields are ignored, blank lines are skipped.
 *
 * @param name says in results where the questions are from
 * @param sha256 of the whole file, also where only its {@link #first} questions are asked
 */
public record QuestionFile(String name, String sha256, List<Question> questions) {
    private static final ObjectReader READER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    public QuestionFile {
        questions = List.copyOf(questions);
        if (questions.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " is empty; it must hold at least one question; see GSM8K's test.jsonl for the layout");
        }
    }

    /** Reads a file; a line that is not as it should be is refused with its number. */
    public static QuestionFile read(Path file) {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new IllegalArgumentException(
                    "dataset is " + file + "; it must be a readable file of JSON lines; check its path");
        }
        try (InputStream bytes = Files.newInputStream(file)) {
            return read(String.valueOf(file.getFileName()), bytes);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "dataset is " + file + "; it cannot be read (" + e + "); check the file or name another", e);
        }
    }

    /** Reads questions that are no file, e.g. a resource; the caller closes the stream. */
    public static QuestionFile read(String name, InputStream stream) throws IOException {
        byte[] bytes = stream.readAllBytes();
        List<Question> questions = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (int line = 1, start = 0; start < bytes.length; line++) {
            int end = endOfLine(bytes, start);
            try {
                JsonNode json = parse(bytes, start, end);
                if (!json.isMissingNode()) {
                    Question question = question(json, line);
                    require(ids.add(question.id()), "id is " + question.id() + "; an earlier line has it");
                    questions.add(question);
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        name + ", line " + line + ": " + e.getMessage()
                                + "; every line is a JSON object with question and answer; correct it or leave it out",
                        e);
            }
            start = end + 1;
        }
        return new QuestionFile(name, Sha256.of(bytes), questions);
    }

    /** The same file, cut to at most {@code limit} questions. */
    public QuestionFile first(int limit) {
        require(limit >= 1, "limit is " + limit + "; it must be at least 1; leave it out for all questions");
        return new QuestionFile(name, sha256, questions.subList(0, Math.min(limit, questions.size())));
    }

    /** A missing node where the line is blank. */
    private static JsonNode parse(byte[] bytes, int start, int end) throws IOException {
        try {
            return READER.readTree(bytes, start, end - start);
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
            throw new IllegalArgumentException("it is no JSON in UTF-8 from column " + column + " on", e);
        }
    }

    private static Question question(JsonNode json, int line) {
        require(json.isObject(), "it is no JSON object");
        JsonNode id = json.path("id");
        require(
                id.isMissingNode() || id.isTextual() || id.isIntegralNumber(),
                "id is " + id + "; it must be text or a whole number");
        return new Question(id.asText(String.valueOf(line)), text(json, "question"), text(json, "answer"));
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        require(!value.isMissingNode(), field + " is missing");
        require(value.isTextual(), field + " is no text");
        return value.textValue();
    }

    private static int endOfLine(byte[] bytes, int start) {
        int end = start;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        return end;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
