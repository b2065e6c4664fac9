package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.TokenPieces;
import dev.dllm4j.decoder.text.Tokenizer;
import dev.dllm4j.models.BundledModel;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenPiecesTest {
    @TempDir
    Path folder;

    @Test
    void piecesPutTogetherAreTheText() {
        BundledModel.STARTER.extract(folder);
        try (Tokenizer tokenizer = HfTokenizer.read(folder)) {
            int[] prompt = tokenizer.encode("<|startoftext|>How many?<|answer|>");
            int[] ids = tokenizer.encode("Tom has 12 apples. 12 + 7 = 19, #### 19");
            TokenPieces pieces = new TokenPieces(tokenizer, prompt);
            String together = IntStream.of(ids).mapToObj(pieces::of).collect(Collectors.joining());
            assertThat(together).isEqualTo(" " + tokenizer.decode(ids));
        }
    }

    @Test
    void aPromptOfSpecialTokensAloneLendsNoNeighbour() {
        BundledModel.STARTER.extract(folder);
        try (Tokenizer tokenizer = HfTokenizer.read(folder)) {
            TokenPieces pieces = new TokenPieces(tokenizer, tokenizer.encode("<|answer|>"));
            assertThat(pieces.of(tokenizer.encode("Tom")[0])).isEqualTo("Tom");
        }
    }
}
