package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Where a run's results go: {@code run.json} says what is asked of what before the first question is, {@code
 * items.jsonl} has a line for every answer as soon as it is known, {@code summary.json} comes at the end. A process that
 * dies leaves whole lines and at most one torn one, which the next one cuts off.
 */
final class RunFolder implements Closeable {
    static final String ABOUT = "run.json";
    static final String ITEMS = "items.jsonl";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SURROUNDINGS = "surroundings";

    private final Path folder;
    private final Map<String, JsonNode> lines;
    private final OutputStream items;

    private RunFolder(Path folder, Map<String, JsonNode> lines, OutputStream items) {
        this.folder = folder;
        this.lines = lines;
        this.items = items;
    }

    /**
     * Begins a run, or goes on with it where the folder has begun the same one.
     *
     * @param about what makes it this run and no other
     * @param surroundings what it runs on, which may change
     * @throws IllegalArgumentException where the folder is another run's
     */
    static RunFolder open(Path folder, ObjectNode about, ObjectNode surroundings) {
        try {
            Files.createDirectories(folder);
            Path description = folder.resolve(ABOUT);
            if (Files.exists(description)) {
                requireSame(folder, MAPPER.readTree(Files.readString(description)), MAPPER.readTree(about.toString()));
            } else {
                ObjectNode whole = about.deepCopy();
                whole.set(SURROUNDINGS, surroundings);
                write(description, whole);
            }
            Path items = folder.resolve(ITEMS);
            Map<String, JsonNode> lines = Files.exists(items) ? read(items) : new LinkedHashMap<>();
            return new RunFolder(
                    folder, lines, Files.newOutputStream(items, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    /** On a stream of one's own. */
    static RunFolder on(Path folder, OutputStream items) {
        return new RunFolder(folder, new LinkedHashMap<>(), items);
    }

    /** @throws IllegalArgumentException where there are files already */
    static void requireFresh(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw notFresh(folder, "it is a file", "");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            if (entries.iterator().hasNext()) {
                throw notFresh(folder, "it holds files already", ", or go on with that run by --resume");
            }
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    /** Whether a question has its line. */
    boolean has(Question question) {
        return lines.containsKey(question.id());
    }

    /** The lines so far, in the order they were written. */
    Collection<JsonNode> lines() {
        return lines.values();
    }

    /** The line of a question that has one. */
    JsonNode line(Question question) {
        JsonNode line = lines.get(question.id());
        if (line == null) {
            throw new IllegalStateException("question " + question.id() + " has no line");
        }
        return line;
    }

    /** Writes a line, whole or not at all as far as a reader can tell. */
    void add(ObjectNode line) {
        try {
            items.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            items.flush();
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
        lines.put(line.path("id").asText(), line);
    }

    /** Writes a file at once: a reader sees it whole or not at all. */
    void finish(String file, ObjectNode content) {
        try {
            write(folder.resolve(file), content);
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    @Override
    public void close() {
        try {
            items.close();
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private static void write(Path file, ObjectNode content) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(draft, content.toPrettyString() + "\n");
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void requireSame(Path folder, JsonNode there, JsonNode about) {
        TreeSet<String> keys = new TreeSet<>();
        there.fieldNames().forEachRemaining(keys::add);
        about.fieldNames().forEachRemaining(keys::add);
        keys.remove(SURROUNDINGS);
        for (String key : keys) {
            if (!there.path(key).equals(about.path(key))) {
                throw new IllegalArgumentException("out is " + folder + "; it is a run with another " + key + " ("
                        + there.path(key) + " there, " + about.path(key)
                        + " here); resume with that run's settings, or name another folder");
            }
        }
    }

    private static Map<String, JsonNode> read(Path items) throws IOException {
        byte[] bytes = Files.readAllBytes(items);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        if (end < bytes.length) {
            try (var channel = Files.newByteChannel(items, StandardOpenOption.WRITE)) {
                channel.truncate(end);
            }
        }
        Map<String, JsonNode> lines = new LinkedHashMap<>();
        int number = 0;
        for (String line :
                new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList()) {
            number++;
            try {
                JsonNode item = MAPPER.readTree(line);
                if (lines.put(item.path("id").asText(), item) != null) {
                    throw new IllegalArgumentException(items + ", line " + number + " repeats item "
                            + item.path("id").asText() + "; two processes wrote to it, so evaluate again");
                }
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(
                        items + ", line " + number + " is no JSON; the file is damaged, so evaluate again", e);
            }
        }
        return lines;
    }

    private static IllegalArgumentException notFresh(Path folder, String finding, String otherwise) {
        return new IllegalArgumentException("out is " + folder + "; it must be an empty folder or not exist yet, but "
                + finding + "; name another folder" + otherwise);
    }

    private static UncheckedIOException unwritable(Path folder, IOException cause) {
        return new UncheckedIOException(
                "out is " + folder + "; it cannot be written (" + cause
                        + "); make room or name another folder, and go on with --resume",
                cause);
    }
}
