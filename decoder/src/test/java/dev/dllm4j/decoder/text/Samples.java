package dev.dllm4j.decoder.text;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** Files the tests of this package read: our own small tokenizers, and the reference data where it is at hand. */
final class Samples {
    private Samples() {}

    /** Byte-level BPE of five merges; its file asks for truncation at 4 tokens, padding to 8 and a first token. */
    static HfTokenizer bytes() {
        return HfTokenizer.read(resource("bytes"));
    }

    /** Words and digits with {@code ▁} for the space before a word, the bundled model's kind. */
    static HfTokenizer words() {
        return HfTokenizer.read(resource("words"));
    }

    static Path resource(String name) {
        URL url = Objects.requireNonNull(Samples.class.getResource(name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A file or folder of the reference data; without it the test is skipped. */
    static Path golden(String relative) {
        String folder = System.getProperty("dllm4j.golden", "");
        Path path =
                Path.of(folder).resolve(relative.replace("/", File.separator)).normalize();
        assumeTrue(
                !folder.isEmpty() && Files.exists(path),
                () -> "no " + relative + " in the reference data '" + folder + "'; set -Ddllm4j.golden=DIR");
        return path;
    }

    static HfTokenizer goldenTokenizer() {
        return HfTokenizer.read(golden("llada-tiny/f32"));
    }

    /** The folder of a small trained model, which lies beside the reference data. */
    static Path starter() {
        return golden("../models/starter");
    }

    static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    static int[] joined(int[] first, int... second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
