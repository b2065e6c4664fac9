package dev.dllm4j.decoder.family;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HfConfigTest {
    @TempDir
    private Path folder;

    @Test
    void aLladaConfigIsRead() throws IOException {
        assertThat(read(Shape.llada(), config -> {}))
                .isEqualTo(new HfConfig(
                        Family.LLADA.spec(32, 16, 2, 2, 2, 8, 24, 64, 5e5, 1e-5, 31, Set.of(30), Set.of()), false));
    }

    @Test
    void aDreamConfigIsRead() throws IOException {
        assertThat(read(Shape.dream().tied(true), config -> config.put("model_type", "dream")))
                .isEqualTo(new HfConfig(
                        Family.DREAM.spec(32, 16, 2, 2, 1, 8, 24, 64, 1e6, 1e-6, 31, Set.of(30), Set.of()), true));
    }

    @Test
    void whatALladaConfigLeavesOutFollowsFromTheRest() throws IOException {
        ModelSpec spec = read(
                        Shape.llada(),
                        config -> config.putNull("n_kv_heads")
                                .putNull("mlp_hidden_size")
                                .put("mlp_ratio", 3)
                                .putNull("embedding_size")
                                .put("vocab_size", 40))
                .spec();
        assertThat(spec.kvHeads()).isEqualTo(2);
        assertThat(spec.feedForward().width()).isEqualTo(48);
        assertThat(spec.vocabulary()).isEqualTo(40);
    }

    @Test
    void multiQueryAttentionHasOneKeyHead() throws IOException {
        ModelSpec spec = read(
                        Shape.llada(),
                        config -> config.put("multi_query_attention", true).remove("n_kv_heads"))
                .spec();
        assertThat(spec.kvHeads()).isEqualTo(1);
    }

    @Test
    void theRowsOfTheMatricesCountNotTheTokenizersIds() throws IOException {
        assertThat(read(Shape.llada(), config -> config.put("embedding_size", 128))
                        .spec()
                        .vocabulary())
                .isEqualTo(128);
    }

    @Test
    void endTokensAreGatheredFromConfigGenerationAndEndsOfTurn() throws IOException {
        TinyCheckpoints.write(folder, Shape.dream());
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [5, 6]}");
        JsonEdit.change(folder.resolve("tokenizer.json"), tokenizer -> {
            tokenizer.withArray("added_tokens").addObject().put("id", 7).put("content", "<|im_end|>");
            tokenizer.withArray("added_tokens").addObject().put("id", 8).put("content", "<|eot_id|>");
            tokenizer.withArray("added_tokens").addObject().put("id", 9).put("content", "<|im_start|>");
        });
        assertThat(HfConfig.read(folder).spec().endTokens()).containsExactlyInAnyOrder(30, 5, 6, 7, 8);
    }

    @Test
    void theTokenizersEndTokenIsAnEnd() throws IOException {
        TinyCheckpoints.write(folder, Shape.dream());
        JsonEdit.change(folder.resolve("config.json"), config -> config.putNull("eos_token_id"));
        assertThat(HfConfig.read(folder).spec().endTokens()).containsExactly(30);
        JsonEdit.change(folder.resolve("tokenizer_config.json"), config -> config.put("eos_token", "t5"));
        assertThat(HfConfig.read(folder).spec().endTokens()).containsExactly(5);
    }

    @Test
    void endTokensKeepTheirOrderAndTheTokenizersComesLast() throws IOException {
        TinyCheckpoints.write(folder, Shape.llada());
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [9, 3]}");
        JsonEdit.change(
                folder.resolve("config.json"),
                config -> config.putArray("eos_token_id").add(8).add(2));
        assertThat(HfConfig.read(folder).spec().endTokens()).containsExactly(8, 2, 9, 3, 30);
        assertThat(HfCheckpoint.open(folder).endToken()).isEqualTo(8);
    }

    @Test
    void theMaskMayBeNamedInTheTokenMapAlone() throws IOException {
        TinyCheckpoints.write(folder, Shape.llada());
        JsonEdit.change(folder.resolve("config.json"), config -> config.remove("mask_token_id"));
        JsonEdit.change(folder.resolve("tokenizer_config.json"), config -> config.remove("mask_token"));
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"mask_token\": {\"content\": \"<|mask|>\"}}");
        assertThat(HfConfig.read(folder).spec().maskToken()).isEqualTo(31);
    }

    @Test
    void paddingIsWhatFillsBehindAnEndButNoEndItself() throws IOException {
        ModelSpec rainbow = read(
                        Shape.llada(),
                        config -> config.putArray("pad_token_ids").add(4).add(5).add(30))
                .spec();
        assertThat(rainbow.padTokens()).containsExactlyInAnyOrder(4, 5);
        assertThat(read(Shape.llada(), config -> config.put("pad_token_id", 3))
                        .spec()
                        .padTokens())
                .containsExactly(3);
    }

    @Test
    void aMaskTokenThatConfigLeavesOutIsFoundInTheTokenizer() throws IOException {
        assertThat(read(Shape.llada(), config -> config.remove("mask_token_id"))
                        .spec()
                        .maskToken())
                .isEqualTo(31);
    }

    private HfConfig read(Shape shape, Consumer<ObjectNode> change) throws IOException {
        TinyCheckpoints.write(folder, shape);
        JsonEdit.change(folder.resolve("config.json"), change);
        return HfConfig.read(folder);
    }
}
