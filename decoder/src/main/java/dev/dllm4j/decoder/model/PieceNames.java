package dev.dllm4j.decoder.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** File names of the graphs in a model folder. */
public final class PieceNames {
    public static final String EMBED = "embed.onnx";
    public static final String ATTEND = "attend.onnx";
    public static final String ATTEND_MASKED = "attend-masked.onnx";
    public static final String ATTEND_SUM = "attend-sum.onnx";
    public static final String ATTEND_COMPARE_HEADS = "attend-compare-heads.onnx";
    public static final String ATTEND_COMPARE_KEYS = "attend-compare-keys.onnx";
    public static final String PROBE = "probe.onnx";
    public static final String WIDEN = "widen.onnx";
    public static final String HEAD = "head.onnx";
    public static final String LOGITS = "logits.onnx";

    private PieceNames() {}

    /** Every graph of a model. */
    public static List<String> all(ModelSpec spec) {
        List<String> names = new ArrayList<>(List.of(
                EMBED, ATTEND, ATTEND_SUM, ATTEND_COMPARE_HEADS, ATTEND_COMPARE_KEYS, PROBE, WIDEN, HEAD, LOGITS));
        if (spec.sight().masks()) {
            names.add(ATTEND_MASKED);
        }
        for (int layer = 0; layer < spec.layers(); layer++) {
            names.add(project(layer));
            if (spec.feedForward().routes(layer)) {
                names.add(route(layer));
                names.add(experts(layer));
            } else {
                names.add(mix(layer));
            }
        }
        return names;
    }

    public static String project(int layer) {
        return String.format(Locale.ROOT, "layer-%03d-project.onnx", layer);
    }

    public static String mix(int layer) {
        return String.format(Locale.ROOT, "layer-%03d-mix.onnx", layer);
    }

    public static String route(int layer) {
        return String.format(Locale.ROOT, "layer-%03d-route.onnx", layer);
    }

    public static String experts(int layer) {
        return String.format(Locale.ROOT, "layer-%03d-experts.onnx", layer);
    }
}
