package dev.dllm4j.decoder.model;

/** File names of the graphs in a model folder. */
public final class PieceNames {
    public static final String EMBED = "embed.onnx";
    public static final String ATTEND = "attend.onnx";
    public static final String ATTEND_SUM = "attend-sum.onnx";
    public static final String ATTEND_COMPARE_HEADS = "attend-compare-heads.onnx";
    public static final String ATTEND_COMPARE_KEYS = "attend-compare-keys.onnx";
    public static final String PROBE = "probe.onnx";
    public static final String HEAD = "head.onnx";
    public static final String LOGITS = "logits.onnx";

    private PieceNames() {}

    public static String project(int layer) {
        return "layer-%03d-project.onnx".formatted(layer);
    }

    public static String mix(int layer) {
        return "layer-%03d-mix.onnx".formatted(layer);
    }
}
