package dev.dllm4j.decoder.trace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.RefusedFileException;
import dev.dllm4j.decoder.model.ModelOrigin;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A recorded decoding, as {@link TraceWriter} wrote it. Immutable. */
public final class Trace {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A file is read whole; a long decoding's takes a tenth of it. */
    private static final int MOST_BYTES = 512 << 20;

    private final TraceHeader header;
    private final List<TraceStep> steps;

    private Trace(TraceHeader header, List<TraceStep> steps) {
        this.header = header;
        this.steps = List.copyOf(steps);
    }

    /**
     * Reads a file that {@link TraceWriter} wrote.
     *
     * @throws IllegalArgumentException if the file is no trace
     */
    public static Trace read(Path file) {
        List<String> lines;
        try {
            lines = lines(file);
        } catch (RefusedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (MalformedInputException e) {
            throw new IllegalArgumentException(
                    file + " is no trace: it is no text in UTF-8; record one with --trace", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (lines.isEmpty()) {
            throw new IllegalArgumentException(file + " is no trace: it is empty; record one with --trace");
        }
        int line = 1;
        try {
            TraceHeader header = TraceHeader.read(parse(lines.get(0)));
            List<TraceStep> steps = new ArrayList<>();
            for (line = 2; line <= lines.size(); line++) {
                steps.add(TraceStep.read(parse(lines.get(line - 1)), header, line - 2));
            }
            return new Trace(header, steps);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    file + " is no trace: line " + line + " " + Quote.content(String.valueOf(e.getMessage())), e);
        }
    }

    /** Lines of a trace's file. */
    static List<String> lines(Path file) throws IOException {
        return ReadableFile.lines(file, MOST_BYTES);
    }

    /** The strategy that decided, as its SPEC. */
    public String strategy() {
        return header.strategy();
    }

    /** In one line: model, window, strategy and stop rule. */
    public String title() {
        return header.strategy() + ", window "
                + header.settings().path("window").asText() + ", stop " + header.stop()
                + ", " + steps.size() + " forwards, model "
                + header.settings().path("model").asText();
    }

    /**
     * What a strategy would have decided at every step. The predictions, and the canvas they were made for, are those of
     * the recorded path: a strategy that decides otherwise would have seen others from then on.
     *
     * @throws IllegalArgumentException where it needs to see more than was recorded
     */
    public List<Decision> replay(UnmaskingStrategy strategy) {
        // A trace has no folder: what lies beside a model must be named.
        return new Replay(this, strategy.of(new ModelOrigin(header.modelHash(), null))).decisions();
    }

    /** The recorded path as a picture, SVG: which position was decided at which step. */
    public String svg() {
        return new OrderPicture(this).svg();
    }

    TraceHeader header() {
        return header;
    }

    List<TraceStep> steps() {
        return steps;
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is no JSON", e);
        }
    }
}
