package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.RefusedFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Questions in GSM8K's layout, JSON lines: {@code {"question": …, "answer": …}}. A line may have an {@code "id"}; its
 * number is its id otherwise. Other fields are ignored, blank lines are skipped. A file that is one JSON array of SVAMP's
 * entries is read in that layout, and so is a line that is one.
 *
 * @param name says in results where the questions are from
 * @param sha256 of the whole file, also where only its {@link #first} questions are asked
 * @param total questions of the whole file
 */
public record QuestionFile(String name, String sha256, List<Question> questions, int total) {
    private static final ObjectReader READER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    /** A file is read whole; GSM8K's has a hundredth of it. */
    private static final int MOST_BYTES = 256 << 20;

    public QuestionFile {
        questions = List.copyOf(questions);
        if (questions.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " is empty; it must hold at least one question; see GSM8K's test.jsonl for the layout");
        }
    }

    /** Reads a file; a line that is not as it should be is refused with its number. */
    public static QuestionFile read(Path file) {
        return read(file, QuestionFile::refuse);
    }

    /**
     * Reads a file; a line that is not as it should be is left out.
     *
     * @param complaints is told of each such line, by its number
     */
    public static QuestionFile read(Path file, Consumer<String> complaints) {
        boolean unreadable = Files.exists(file) && !Files.isReadable(file);
        if (!ReadableFile.exists(file) || Files.isDirectory(file) || unreadable) {
            throw new IllegalArgumentException(
                    "dataset is " + file + "; it must be a readable file of JSON lines; check its path");
        }
        try {
            return read(String.valueOf(file.getFileName()), ReadableFile.bytes(file, MOST_BYTES), true, complaints);
        } catch (RefusedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "dataset is " + file + "; it cannot be read (" + e + "); check the file or name another", e);
        }
    }

    /** Reads questions that are no file, e.g. a resource; the caller closes the stream. */
    public static QuestionFile read(String name, InputStream stream) throws IOException {
        return read(name, stream.readAllBytes(), true, QuestionFile::refuse);
    }

    /**
     * Reads solved examples, which are shown and not asked: their answers, also called {@code target}, may be any text.
     */
    public static QuestionFile examples(Path file) {
        try {
            byte[] bytes = ReadableFile.bytes(file, MOST_BYTES);
            return read(String.valueOf(file.getFileName()), bytes, false, QuestionFile::refuse);
        } catch (RefusedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "examples are " + file + "; they cannot be read (" + e + "); check the file or name another", e);
        }
    }

    private static QuestionFile read(String name, byte[] bytes, boolean asked, Consumer<String> complaints)
            throws IOException {
        QuestionList questions = new QuestionList();
        List<JsonNode> array = SvampFile.entries(bytes);
        for (int entry = 1; entry <= array.size(); entry++) {
            try {
                SvampFile.add(array.get(entry - 1), entry, questions);
            } catch (IllegalArgumentException e) {
                complaints.accept(name + ", entry " + entry + ": " + e.getMessage()
                        + "; every entry is an object with Body, Question and Answer; correct it or leave it out");
            }
        }
        for (int line = 1, start = 0; array.isEmpty() && start < bytes.length; line++) {
            int end = endOfLine(bytes, start);
            try {
                add(parse(bytes, start, end), line, asked, questions);
            } catch (IllegalArgumentException e) {
                complaints.accept(name + ", line " + line + ": " + e.getMessage()
                        + "; every line is a JSON object with question and answer; correct it or leave it out");
            }
            start = end + 1;
        }
        List<Question> read = questions.questions();
        return new QuestionFile(name, Sha256.of(bytes), read, read.size());
    }

    /** A line in GSM8K's layout, or in SVAMP's, which some publish line by line. */
    private static void add(JsonNode json, int line, boolean asked, QuestionList questions) {
        if (json.isMissingNode()) {
            return;
        }
        require(json.isObject(), "it is not a JSON object");
        if (SvampFile.isEntry(json)) {
            SvampFile.add(json, line, questions);
            return;
        }
        JsonNode id = json.path("id");
        require(
                id.isMissingNode() || id.isTextual() || id.isIntegralNumber(),
                "id is " + id + "; it must be text or a whole number");
        String answer = !asked && !json.has("answer") ? "target" : "answer";
        questions.add(
                id.isMissingNode() ? Optional.empty() : Optional.of(id.asText()),
                line,
                text(json, "question"),
                json.path(answer).isNumber() ? SvampFile.number(json.path(answer)) : text(json, answer),
                asked);
    }

    private static void refuse(String complaint) {
        throw new IllegalArgumentException(complaint);
    }

    /** The same file, cut to at most {@code limit} questions. */
    public QuestionFile first(int limit) {
        require(limit >= 1, "limit is " + limit + "; it must be at least 1; leave it out for all questions");
        return new QuestionFile(name, sha256, questions.subList(0, Math.min(limit, questions.size())), total);
    }

    /** The same file, its questions in an order drawn from a seed, as CPython's {@code random.Random(seed).shuffle} has it. */
    public QuestionFile shuffled(long seed) {
        List<Question> shuffled = new ArrayList<>();
        for (int index : new PythonRandom(seed).shuffled(questions.size())) {
            shuffled.add(questions.get(index));
        }
        return new QuestionFile(name, sha256, shuffled, total);
    }

    /** Of the questions asked, in their order: two runs with the same can be compared item by item. */
    String questionsSha256() {
        StringBuilder asked = new StringBuilder();
        questions.forEach(question -> asked.append(question.id())
                .append(' ')
                .append(question.sha256())
                .append('\n'));
        return Sha256.of(asked.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A missing node where the line is blank. */
    private static JsonNode parse(byte[] bytes, int start, int end) throws IOException {
        try {
            return READER.readTree(bytes, start, end - start);
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
            throw new IllegalArgumentException("it is not JSON in UTF-8 from column " + column + " on", e);
        }
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        require(!value.isMissingNode(), field + " is missing");
        require(value.isTextual(), field + " is not text");
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
