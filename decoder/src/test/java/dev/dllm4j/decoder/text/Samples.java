package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.golden.GoldenFolder;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** Files the tests of this package read: our own small tokenizers, and the reference data. */
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

    static HfTokenizer goldenTokenizer() {
        return HfTokenizer.read(GoldenFolder.find("llada-tiny/f32"));
    }

    /** Texts of some sentences with their ids under {@link #goldenTokenizer}. */
    static JsonNode questions() throws IOException {
        JsonNode texts = json(GoldenFolder.find("tokenizer/tiny.json"));
        // Others' folders may have GSM8K's, which the project does not carry.
        return texts.has("questions") ? texts.get("questions") : texts.get("gsm8k_first40_questions");
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
