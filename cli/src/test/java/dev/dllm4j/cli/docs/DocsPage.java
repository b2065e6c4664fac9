package dev.dllm4j.cli.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A page of Markdown: its text, and what stands between its fences.
 *
 * @param name from the project's root, e.g. {@code docs/serving.md}
 * @param prose the lines outside the fences as one line, words one space apart
 */
record DocsPage(String name, String prose, List<Block> blocks) {
    private static final String FENCE = "```";

    /**
     * What stands between two fences.
     *
     * @param language as the opening fence names it; commands have none
     */
    record Block(String language, String text) {}

    DocsPage {
        blocks = List.copyOf(blocks);
    }

    /** As a test's name. */
    @Override
    public String toString() {
        return name;
    }

    /** README.md and docs/*.md, in this order. */
    static List<DocsPage> all(Path root) {
        try (Stream<Path> docs = Files.list(root.resolve("docs"))) {
            return Stream.concat(
                            Stream.of(root.resolve("README.md")),
                            docs.filter(file -> file.toString().endsWith(".md")).sorted())
                    .map(file -> parse(root.relativize(file).toString().replace('\\', '/'), read(file)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static DocsPage parse(String name, String markdown) {
        StringBuilder prose = new StringBuilder();
        List<Block> blocks = new ArrayList<>();
        String language = "";
        boolean inside = false;
        StringBuilder block = new StringBuilder();
        for (String line : markdown.lines().toList()) {
            boolean fence = line.startsWith(FENCE);
            if (fence && inside) {
                blocks.add(new Block(language, block.toString()));
                block.setLength(0);
            } else if (fence) {
                language = line.substring(FENCE.length()).strip();
            } else {
                (inside ? block : prose).append(line).append('\n');
            }
            inside ^= fence;
        }
        if (inside) {
            throw new IllegalArgumentException(name + " has a fence that is not closed");
        }
        return new DocsPage(name, oneLine(prose.toString()), blocks);
    }

    /** What the page's fences without a language have to run, in order. */
    List<String> commands() {
        return code("").stream()
                .flatMap(text -> ShellText.commands(text).stream())
                .toList();
    }

    /** The blocks of a language. */
    List<String> code(String language) {
        return blocks.stream()
                .filter(block -> block.language().equals(language))
                .map(Block::text)
                .toList();
    }

    static String oneLine(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
