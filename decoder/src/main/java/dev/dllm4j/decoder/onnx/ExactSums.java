package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.dllm4j.decoder.convert.SumsProbe;
import dev.dllm4j.decoder.model.ModelException;
import java.util.Arrays;
import java.util.Map;

/**
 * Sums of products of eight-bit codes that are exact on every processor. Where one has no instruction that adds them
 * exactly (x86 before VNNI), ONNX Runtime takes one that cuts sums of two off at sixteen bits, unless it is told not to;
 * told so it is two to ten times slower on every processor. So a product is tried first.
 */
final class ExactSums {
    private static final String SLOW_AND_EXACT = "session.x64quantprecision";
    private static final float TOLERANCE = SumsProbe.SUM / 100;

    private ExactSums() {}

    /**
     * Sets the options so that sums are exact.
     *
     * @throws ModelException where they are not even so
     */
    static void require(OrtEnvironment environment, OrtSession.SessionOptions options) {
        try {
            if (!exact(environment, options)) {
                options.addConfigEntry(SLOW_AND_EXACT, "1");
                if (!exact(environment, options)) {
                    throw new ModelException(
                            "int8 weights give wrong sums on this processor; convert the checkpoint with"
                                    + " --weights f32, or int4");
                }
            }
        } catch (OrtException e) {
            throw new ModelException("int8 weights cannot be tried: " + OrtProcess.firstLine(e), e);
        }
    }

    private static boolean exact(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException {
        float[][] ones = new float[2][SumsProbe.WIDTH];
        for (float[] row : ones) {
            Arrays.fill(row, 1);
        }
        try (OrtSession session = environment.createSession(SumsProbe.graph(), options);
                OnnxTensor x = OnnxTensor.createTensor(environment, ones);
                OrtSession.Result result = session.run(Map.of("x", x))) {
            for (float[] row : (float[][]) result.get(0).getValue()) {
                for (float sum : row) {
                    if (Math.abs(sum - SumsProbe.SUM) > TOLERANCE) {
                        return false;
                    }
                }
            }
            return true;
        }
    }
}
