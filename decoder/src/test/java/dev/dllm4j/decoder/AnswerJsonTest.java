package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.onnx.Device;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.sample.Sampling;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerJsonTest {
    private static final RuntimeOptions RUNTIME = new RuntimeOptions(new Device(true, 1), 3);
    private static final long BUDGET = 512L << 20;

    @Test
    void anAnswerIsOneObjectWithTextIdsReasonSettingsAndUsage() throws IOException {
        ObjectNode settings = AnswerJson.settings("starter", DecodingConfig.DEFAULT, RUNTIME, BUDGET);
        JsonNode json = AnswerJson.answer(
                answer(new Work(4, 400, 800, List.of(1, 4, 2), 0, 0, 12_345_678, 1_000, 20_000_000)), settings);
        assertThat(parsed(json.toString())).isEqualTo(parsed("""
                {"text": "12 + 7 = 19", "token_ids": [20, 21, 1], "finish_reason": "stop",
                 "settings": {"model": "starter", "window": "blocks(32)", "strategy": "threshold(0.9)",
                  "cache": "none", "stop": "eot", "gen_length": 128, "block_length": 32, "steps": 128,
                  "temperature": 0.0, "top_k": 0, "top_p": 1.0, "seed": 0, "forbid_pads": false, "guidance": 0.0,
                  "device": "cuda:1", "threads": 3},
                 "usage": {"prompt_tokens": 30, "completion_tokens": 10, "total_tokens": 40,
                  "work": {"forwards": 4, "tokens_per_forward": 2.5, "rows_computed": 400, "rows_full": 800,
                   "layers_refreshed": 7, "refresh_share": [0.25, 1.0, 0.5], "model_ms": 12.346, "select_ms": 0.001, "total_ms": 20.0}}}
                """));
    }

    @Test
    void settingsSaySamplingAndGuidanceAsTheyWere() {
        DecodingConfig config = DecodingConfig.DEFAULT
                .withSampling(new Sampling(0.5, 40, 0.95, 7))
                .withGuidance(1.5);
        ObjectNode settings = AnswerJson.settings("m", config, RUNTIME, BUDGET);
        assertThat(settings.get("temperature").doubleValue()).isEqualTo(0.5);
        assertThat(settings.get("top_k").intValue()).isEqualTo(40);
        assertThat(settings.get("top_p").doubleValue()).isEqualTo(0.95);
        assertThat(settings.get("seed").longValue()).isEqualTo(7);
        assertThat(settings.get("guidance").doubleValue()).isEqualTo(1.5);
    }

    @Test
    void aWindowWithoutBlocksHasNoBlockLength() {
        ObjectNode settings =
                AnswerJson.settings("m", DecodingConfig.DEFAULT.withWindow(new Leftmost(16)), RUNTIME, BUDGET);
        assertThat(settings.get("window").textValue()).isEqualTo("leftmost(16)");
        assertThat(settings.has("block_length")).isFalse();
    }

    /** What rows are kept as changes them, where some are kept. */
    @Test
    void aCacheTypeIsSaidWhereRowsAreKeptAsAnotherThanFloat32() {
        RuntimeOptions halves = new RuntimeOptions(Device.CPU, 0, RuntimeOptions.DEFAULT_SCRATCH, RowType.F16);
        DecodingConfig dual = DecodingConfig.DEFAULT.withCache(CacheSpec.parse("dual"));

        assertThat(AnswerJson.settings("m", dual, halves, BUDGET)
                        .get("cache_type")
                        .textValue())
                .isEqualTo("f16");
        assertThat(AnswerJson.settings("m", dual, RUNTIME, BUDGET).has("cache_type"))
                .isFalse();
        assertThat(AnswerJson.settings("m", DecodingConfig.DEFAULT, halves, BUDGET)
                        .has("cache_type"))
                .isFalse();
    }

    /** The budget changes how often rows are computed again, but only where some are kept. */
    @Test
    void aBudgetIsSaidWhereRowsAreKept() {
        for (String cache : List.of("prefix", "dual", "elastic", "dllm-cache")) {
            DecodingConfig config = DecodingConfig.DEFAULT.withCache(CacheSpec.parse(cache));
            assertThat(AnswerJson.settings("m", config, RUNTIME, BUDGET)
                            .get("cache_budget")
                            .longValue())
                    .isEqualTo(536_870_912);
        }
    }

    @Test
    void aDecodingCancelledBeforeItsFirstForwardHasNoTokensPerForward() {
        ObjectNode usage = AnswerJson.usage(answer(new Work(0, 0, 0, List.of(0, 0), 0, 0, 0, 0, 0)));
        assertThat(usage.get("work").get("tokens_per_forward").doubleValue()).isZero();
        assertThat(usage.get("work").get("refresh_share").toString()).isEqualTo("[0.0,0.0]");
    }

    @Test
    void whatWasTakenFromEarlierRequestsIsCountedWherePrefixesAreReused() {
        Work work = new Work(5, 400, 800, List.of(1, 4, 2), 32, 1, 0, 0, 0);
        DecodingConfig reusing = DecodingConfig.DEFAULT.withCache(CacheSpec.parse("elastic(prefix-reuse=on)"));
        ObjectNode usage = AnswerJson.usage(new Answer("", List.of(), FinishReason.STOP, 30, 10, reusing, work));
        assertThat(usage.get("work").get("prefix_rows").intValue()).isEqualTo(32);
        assertThat(usage.get("work").get("prefix_refusals").intValue()).isEqualTo(1);
        assertThat(AnswerJson.usage(answer(work)).get("work").has("prefix_rows"))
                .isFalse();
    }

    private static Answer answer(Work work) {
        return new Answer("12 + 7 = 19", List.of(20, 21, 1), FinishReason.STOP, 30, 10, DecodingConfig.DEFAULT, work);
    }

    /** Through text on both sides, so that only what is written counts. */
    private static JsonNode parsed(String json) throws IOException {
        return new ObjectMapper().readTree(json);
    }
}
