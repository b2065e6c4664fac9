package dev.dllm4j.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.eval.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;

/** The files that a page takes its figures from, by their names below one folder. */
record ResultFiles(Path root) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    ResultFiles {
        if (!Files.isDirectory(root)) {
            throw new IllegalArgumentException(
                    "results is " + root + "; it must be a folder of result files; name one with --results");
        }
    }

    /** One run, e.g. {@code starter-128/schedule__none}. */
    Summary run(String name) {
        return Summary.read(name, root.resolve(name));
    }

    /** The runs of a pattern as the shell knows it, by name; at least one. */
    List<Summary> runs(String pattern) {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        try (Stream<Path> files = Files.walk(root)) {
            List<Summary> runs = files.filter(file -> file.endsWith(Summary.FILE))
                    .map(file -> root.relativize(file.resolveSibling("")))
                    .filter(matcher::matches)
                    .sorted()
                    .map(folder -> run(folder.toString()))
                    .toList();
            if (runs.isEmpty()) {
                throw new IllegalArgumentException(
                        "no run in " + root + " is named " + pattern + "; check the pattern, or evaluate it first");
            }
            return runs;
        } catch (IOException e) {
            throw unreadable(root, e);
        }
    }

    /** The content of any JSON file. */
    JsonNode json(String name) {
        Path file = root.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + " does not exist; run the measurement that writes it");
        }
        try {
            return MAPPER.readTree(Files.readString(file));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static UncheckedIOException unreadable(Path file, IOException cause) {
        return new UncheckedIOException(file + " cannot be read (" + cause + "); check it", cause);
    }
}
