package dev.dllm4j.decoder;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.cache.RefreshPolicy.Keeps;
import dev.dllm4j.cache.RowType;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** How an answer, its settings and its cost are written as JSON, wherever they are reported. */
public final class AnswerJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private AnswerJson() {}

    /**
     * An answer with everything it came from.
     *
     * @param settings as {@link #settings} writes them
     */
    public static ObjectNode answer(Answer answer, ObjectNode settings) {
        ObjectNode json = JSON.objectNode();
        json.put("text", answer.text());
        ArrayNode tokenIds = json.putArray("token_ids");
        answer.tokenIds().forEach(tokenIds::add);
        json.put("finish_reason", name(answer.finishReason()));
        json.set("settings", settings);
        json.set("usage", usage(answer));
        return json;
    }

    /** Adds what speaks against trusting an answer, as {@code warnings}; nothing where nothing does. */
    public static void warn(ObjectNode answer, List<String> warnings) {
        if (!warnings.isEmpty()) {
            warnings.forEach(answer.putArray("warnings")::add);
        }
    }

    /**
     * The values a decoding ran with. {@code block_length} is there only where the window has one, {@code cache_budget}
     * only where rows are kept, {@code cache_type} only where that is not in float32, {@code logit_bias} only where some
     * token has one.
     *
     * @param model as the user named it
     * @param cacheBudget bytes that kept rows may take
     */
    public static ObjectNode settings(String model, DecodingConfig config, RuntimeOptions runtime, long cacheBudget) {
        ObjectNode json = JSON.objectNode();
        json.put("model", model);
        json.put("window", config.window().toString());
        json.put("strategy", config.strategy().toString());
        json.put("cache", config.cache().toString());
        if (config.cache().keeps() != Keeps.NOTHING) {
            json.put("cache_budget", cacheBudget);
            if (runtime.rowType() != RowType.F32) {
                json.put("cache_type", runtime.rowType().toString());
            }
        }
        json.put("stop", config.stop().toString());
        json.put("gen_length", config.genLength());
        if (config.window() instanceof Blocks blocks) {
            json.put("block_length", blocks.length());
        }
        json.put("steps", config.steps());
        json.put("temperature", config.sampling().temperature());
        json.put("top_k", config.sampling().topK());
        json.put("top_p", config.sampling().topP());
        json.put("seed", config.sampling().seed());
        json.put("forbid_pads", config.sampling().forbidPads());
        if (!config.sampling().bias().isEmpty()) {
            ObjectNode bias = json.putObject("logit_bias");
            new TreeMap<>(config.sampling().bias()).forEach((token, value) -> bias.put(Integer.toString(token), value));
        }
        json.put("guidance", config.guidance().scale());
        json.put("device", runtime.device().toString());
        json.put("threads", runtime.threads());
        return json;
    }

    /** Tokens and work of an answer. */
    public static ObjectNode usage(Answer answer) {
        ObjectNode json = JSON.objectNode();
        json.put("prompt_tokens", answer.promptTokens());
        json.put("completion_tokens", answer.completionTokens());
        json.put("total_tokens", answer.promptTokens() + answer.completionTokens());
        json.set("work", work(answer));
        return json;
    }

    /** The word for a finish reason: stop, length or cancelled. */
    public static String name(FinishReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private static ObjectNode work(Answer answer) {
        Work work = answer.work();
        ObjectNode json = JSON.objectNode();
        json.put("forwards", work.forwards());
        json.put("tokens_per_forward", rounded(answer.tokensPerForward()));
        json.setAll(rows(work));
        if (answer.config().cache().reusesPrefixes()) {
            json.put("prefix_rows", work.prefixRows());
            json.put("prefix_refusals", work.prefixRefusals());
        }
        json.put("model_ms", milliseconds(work.modelNanos()));
        json.put("select_ms", milliseconds(work.selectNanos()));
        json.put("total_ms", milliseconds(work.totalNanos()));
        return json;
    }

    /** What of the canvas went through the layers so far, and what a full recompute would have sent through. */
    public static ObjectNode rows(Work work) {
        ObjectNode json = JSON.objectNode();
        json.put("rows_computed", work.rowsComputed());
        json.put("rows_full", work.rowsFull());
        json.put("layers_refreshed", work.layersRefreshed());
        ArrayNode shares = json.putArray("refresh_share");
        work.refreshShares().forEach(share -> shares.add(rounded(share)));
        return json;
    }

    private static double milliseconds(long nanos) {
        return rounded(nanos / 1e6);
    }

    /** To three decimals: microseconds, thousandths of a token. */
    private static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }
}
