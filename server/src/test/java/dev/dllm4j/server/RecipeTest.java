package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.convert.ChangedManifest;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests over the recipe of the model that is asked. */
class RecipeTest {
    private static final Recipe BLOCKS = new Recipe("blocks(4,from=start)", "topk(1)", "blocks", "full", 12, 12);

    @TempDir
    private static Path folder;

    private static TinyServer blocks;
    private static TinyServer plain;

    @BeforeAll
    static void serve() {
        Path seesBlocks = TinyModels.withSight(
                TinyModels.convert(folder.resolve("blocks"), Shape.llada()),
                new Sight.BlockCausal(4, Sight.Origin.START));
        blocks = new TinyServer(
                Decoder.open(ChangedManifest.recipe(seesBlocks, BLOCKS), RuntimeOptions.DEFAULT),
                ServerOptions.DEFAULT);
        Path seesAll = TinyModels.convert(folder.resolve("plain"), Shape.llada());
        Recipe whole = new Recipe("all", "schedule", "none", "eot", 16, 8);
        plain = new TinyServer(
                Decoder.open(ChangedManifest.recipe(seesAll, whole), RuntimeOptions.DEFAULT), ServerOptions.DEFAULT);
    }

    @AfterAll
    static void stop() {
        blocks.close();
        plain.close();
    }

    private static Reply complete(TinyServer server, String fields) {
        return server.client().post("/v1/completions", "{\"prompt\":[5,6,7,8,9]" + fields + "}");
    }

    private static JsonNode settings(TinyServer server, String fields) {
        Reply reply = complete(server, fields);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json().path("settings");
    }

    @Test
    void whatIsNotSentIsTheRecipes() {
        JsonNode settings = settings(blocks, "");

        assertThat(settings.path("window").asText()).isEqualTo("blocks(4,from=start)");
        assertThat(settings.path("strategy").asText()).isEqualTo("topk(1)");
        assertThat(settings.path("cache").asText()).isEqualTo("blocks");
        assertThat(settings.path("stop").asText()).isEqualTo("full");
        assertThat(settings.path("gen_length").asInt()).isEqualTo(12);
        assertThat(settings(plain, "").path("steps").asInt()).isEqualTo(8);
        assertThat(settings(plain, ",\"max_tokens\":16").path("steps").asInt()).isEqualTo(16);
    }

    @Test
    void theListOfModelsHasTheRecipeAsItsDefaults() {
        JsonNode defaults = blocks.client().get("/v1/models/tiny").json().path("defaults");

        assertThat(defaults.path("window").asText()).isEqualTo("blocks(4,from=start)");
        assertThat(defaults.path("cache").asText()).isEqualTo("blocks");
        assertThat(defaults.path("gen_length").asInt()).isEqualTo(12);
    }

    @Test
    void whatIsSentOverridesIt() {
        JsonNode settings = settings(
                blocks,
                ",\"max_tokens\":6,\"decoding\":{\"strategy\":\"static\",\"cache\":\"blocks(clean=apart)\",\"block_length\":2}");

        assertThat(settings.path("window").asText()).isEqualTo("blocks(2,from=start)");
        assertThat(settings.path("strategy").asText()).startsWith("static");
        assertThat(settings.path("cache").asText()).isEqualTo("blocks(clean=apart)");
        assertThat(settings.path("gen_length").asInt()).isEqualTo(6);
        assertThat(settings(blocks, ",\"decoding\":{\"guidance\":1}")
                        .path("cache")
                        .asText())
                .isEqualTo("none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "block_length\":6 | decoding: block length is 6 and the model's blocks have 4 positions",
                "window\":\"blocks(4)\" | decoding: window is blocks(4) and the model sees blocks of 4 from the start",
                "cache\":\"elastic\" | decoding: cache is elastic(",
                "guidance\":1,\"cache\":\"blocks\" | decoding: guidance is 1.0 and cache blocks",
            })
    void whatDoesNotGoWithTheModelIsRefusedInOneLine(String field, String error) {
        Reply reply = complete(blocks, ",\"decoding\":{\"" + field + "}");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error()).startsWith(error);
        assertThat(reply.error().lines()).hasSize(1);
    }

    @Test
    void aCanvasGrowsByTheRecipesBlocksAndByOthersWhereItHasNone() {
        String grow = ",\"max_tokens\":12,\"decoding\":{\"canvas\":\"grow\"}";

        assertThat(settings(blocks, grow).path("window").asText()).isEqualTo("blocks(4,from=start)");
        assertThat(complete(blocks, grow).text())
                .isEqualTo(complete(blocks, ",\"max_tokens\":12").text());
        assertThat(settings(plain, grow).path("window").asText()).isEqualTo("blocks(32)");
    }

    /** A block's rows see each other, masks of it included, so that a canvas that ended within one would tell. */
    @Test
    void aCanvasGrowsByTheModelsBlocksWhereTheWindowsAreShorter() {
        String halves =
                ",\"max_tokens\":12,\"logit_bias\":{\"30\":-100},\"decoding\":{\"block_length\":2,\"stop\":\"full\"";

        Reply grown = complete(blocks, halves + ",\"canvas\":\"grow\"}");
        assertThat(grown.text())
                .isEqualTo(complete(blocks, halves + "}").text())
                .isNotEmpty();
        assertThat(complete(blocks, ",\"decoding\":{\"window\":\"all\",\"canvas\":\"grow\"}")
                        .error())
                .endsWith("use window blocks(4,from=start)");
    }

    @Test
    void aSuffixIsFilledBlockByBlockWhereTheModelSeesSo() {
        String suffix = ",\"suffix\":\"t3 t4\",\"max_tokens\":5";

        assertThat(settings(blocks, suffix).path("window").asText()).isEqualTo("blocks(4,from=start)");
        assertThat(settings(blocks, suffix).path("stop").asText()).isEqualTo("full");
        assertThat(settings(plain, suffix).path("window").asText()).isEqualTo("all");
        assertThat(settings(blocks, ",\"decoding\":{\"window\":\"all\"},\"suffix\":\"t3\",\"max_tokens\":5")
                        .path("window")
                        .asText())
                .isEqualTo("all");
    }

    /** One token a step, the leftmost, so that each is settled at once; the end token, 30, is kept out of the text. */
    @Test
    void aStreamSettlesInsideABlockAsPositionsSettle() {
        String sequential =
                ",\"logit_bias\":{\"30\":-100},\"decoding\":{\"strategy\":\"sequential\",\"stop\":\"full\"}";
        Reply whole = complete(blocks, sequential);
        Reply streamed = complete(blocks, sequential + ",\"stream\":true");

        assertThat(streamed.streamed(0)).isEqualTo(whole.text()).isNotEmpty();
        assertThat(streamed.events("message")).hasSizeGreaterThan(8);
    }
}
