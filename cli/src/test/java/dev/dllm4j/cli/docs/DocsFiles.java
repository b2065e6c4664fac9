package dev.dllm4j.cli.docs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The project's pages, and the table of their commands. */
final class DocsFiles {
    private DocsFiles() {}

    static Path root() {
        return Path.of(System.getProperty("dllm4j.root"));
    }

    static List<DocsPage> pages() {
        return DocsPage.all(root());
    }

    static StandIns table() {
        try (InputStream table = Objects.requireNonNull(DocsFiles.class.getResourceAsStream("commands.txt"))) {
            return StandIns.parse(new String(table.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
