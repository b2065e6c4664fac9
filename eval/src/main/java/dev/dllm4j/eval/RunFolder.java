package dev.dllm4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.file.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where a run's results go: {@code run.json} says what is asked of what before the first question is, {@code
 * items.jsonl} has a line for every answer as soon as it is known, {@code summary.json} comes at the end. A process that
 * dies leaves whole lines and at most one torn one, which the next one cuts off; what is counted is on the disk. One
 * process at a time: {@code items.jsonl} is locked while the folder is open.
 */
final class RunFolder implements Closeable {
    static final String ABOUT = "run.json";
    static final String ITEMS = "items.jsonl";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path folder;
    private final Map<String, ObjectNode> lines;
    private final Sink items;

    /** Where lines go. */
    interface Sink extends Closeable {
        /** Returns once the bytes are on the disk. */
        void write(byte[] bytes) throws IOException;
    }

    private RunFolder(Path folder, Map<String, ObjectNode> lines, Sink items) {
        this.folder = folder;
        this.lines = lines;
        this.items = items;
    }

    /**
     * Begins a run, or goes on with it where the folder has begun the same one. Questions that failed then have no line.
     *
     * @param about what makes it this run and no other
     * @param surroundings what it runs on, which may change
     * @param recorded judges a line of the earlier try anew, and refuses one that is none of this run's
     * @throws IllegalArgumentException where the folder is another run's, or another process writes to it
     */
    static RunFolder open(Path folder, ObjectNode about, ObjectNode surroundings, UnaryOperator<ObjectNode> recorded) {
        FileChannel channel = null;
        try {
            Files.createDirectories(folder);
            Path items = folder.resolve(ITEMS);
            channel = FileChannel.open(
                    items, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            lock(folder, channel);
            Path description = folder.resolve(ABOUT);
            if (Files.exists(description)) {
                SameRun.require(
                        folder, MAPPER.readTree(Files.readString(description)), MAPPER.readTree(about.toString()));
            } else if (channel.size() > 0) {
                throw new IllegalArgumentException("out is " + folder + "; it has answers and no " + ABOUT
                        + ", which says of what; put that file back, or name another folder");
            } else {
                ObjectNode whole = about.deepCopy();
                whole.set(SameRun.SURROUNDINGS, surroundings);
                write(folder, ABOUT, whole);
            }
            Map<String, ObjectNode> lines = read(items, channel, recorded);
            channel.position(channel.size());
            return new RunFolder(folder, lines, forced(channel));
        } catch (IOException e) {
            close(channel);
            throw unwritable(folder, e);
        } catch (RuntimeException e) {
            close(channel);
            throw e;
        }
    }

    private static void lock(Path folder, FileChannel channel) throws IOException {
        boolean locked;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            locked = false; // By this process.
        }
        if (!locked) {
            throw new IllegalArgumentException("out is " + folder
                    + "; another evaluation writes to it, so wait for its end or name another folder");
        }
    }

    private static Sink forced(FileChannel channel) {
        return new Sink() {
            @Override
            public void write(byte[] bytes) throws IOException {
                ByteBuffer left = ByteBuffer.wrap(bytes);
                while (left.hasRemaining()) {
                    channel.write(left);
                }
                channel.force(false);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    private static void close(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // What is reported says more.
        }
    }

    /** With a sink of one's own. */
    static RunFolder on(Path folder, Sink items) {
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
    Collection<ObjectNode> lines() {
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
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
        lines.put(line.path("id").asText(), line);
    }

    /** Writes a file at once: a reader sees it whole or not at all. */
    void finish(String file, ObjectNode content) {
        try {
            write(folder, file, content);
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

    private static void write(Path folder, String name, ObjectNode content) throws IOException {
        Path file = folder.resolve(name);
        Path draft = folder.resolve(name + ".part");
        try (FileChannel channel = FileChannel.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            forced(channel).write((content.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw e;
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Disk.keepNames(folder);
    }

    private static Map<String, ObjectNode> read(Path items, FileChannel channel, UnaryOperator<ObjectNode> recorded)
            throws IOException {
        byte[] bytes = whole(channel);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        if (end < bytes.length) {
            channel.truncate(end);
        }
        Map<String, ObjectNode> lines = new LinkedHashMap<>();
        int number = 0;
        for (String line :
                new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList()) {
            number++;
            try {
                add(lines, recorded.apply(object(line)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        items + ", line " + number + ": " + e.getMessage()
                                + "; the file was changed or is damaged, so evaluate again in another folder",
                        e);
            }
        }
        lines.values().removeIf(Item::failed);
        return lines;
    }

    /** Read by the channel that holds the lock: to close another one of the same file would give the lock up. */
    private static byte[] whole(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {}
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private static ObjectNode object(String line) {
        try {
            if (MAPPER.readTree(line) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        }
        throw new IllegalArgumentException("it is not a JSON object");
    }

    /** A question that failed is asked again by a resumed run, and has a line more. */
    private static void add(Map<String, ObjectNode> lines, ObjectNode line) {
        ObjectNode before = lines.put(line.path("id").asText(), line);
        if (before != null && !Item.failed(before)) {
            throw new IllegalArgumentException(
                    "item " + OneLine.of(line.path("id").asText(), 60) + " is repeated");
        }
    }

    private static IllegalArgumentException notFresh(Path folder, String finding, String otherwise) {
        return new IllegalArgumentException("out is " + folder + "; it must be an empty folder or not exist yet, but "
                + finding + "; name another folder" + otherwise);
    }

    private static UncheckedIOException unwritable(Path folder, IOException cause) {
        if (cause instanceof ClosedByInterruptException) {
            return new UncheckedIOException(
                    "out is " + folder + "; the run was interrupted, go on with --resume", cause);
        }
        return new UncheckedIOException(
                "out is " + folder + "; it cannot be written (" + cause
                        + "); make room or name another folder, and go on with --resume",
                cause);
    }
}
