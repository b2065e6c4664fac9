package dev.dllm4j.decoder.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.testing.TinyModels;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Prints hashes of what the layers of a model with int8 weights give, for {@code .ci/check-old-processor.sh}, which runs
 * it on two processors. Arguments: a folder, in which the first run makes the model, and {@code guarded} or
 * {@code unguarded}, without {@link ExactSums}.
 */
final class OldProcessor {
    private static final int ROWS = 24;

    private OldProcessor() {}

    public static void main(String[] arguments) throws IOException, OrtException {
        Path folder = Path.of(arguments[0]);
        if (!Files.exists(folder.resolve("model"))) {
            TinyModels.openWide(folder, WeightType.INT8).close();
        }
        OrtEnvironment environment = OrtProcess.environment(1);
        try (OrtSession.SessionOptions options = OrtProcess.sessionOptions(Device.CPU);
                Stream<Path> files = Files.list(folder.resolve("model"))) {
            if (arguments[1].equals("guarded")) {
                ExactSums.require(environment, options);
            }
            List<Path> layers = files.filter(
                            file -> file.getFileName().toString().matches("layer-.*[.]onnx"))
                    .sorted()
                    .toList();
            for (Path layer : layers) {
                try (OrtSession session = environment.createSession(layer.toString(), options)) {
                    System.out.println(layer.getFileName() + " " + hash(environment, session));
                }
            }
        }
    }

    /** Of the bits of all outputs, where every input is random. */
    private static String hash(OrtEnvironment environment, OrtSession session) throws OrtException {
        Random random = new Random(5);
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (String name : session.getInputNames().stream().sorted().toList()) {
            long[] shape = ((TensorInfo)
                            requireNonNull(session.getInputInfo().get(name)).getInfo())
                    .getShape()
                    .clone();
            Arrays.setAll(shape, axis -> shape[axis] < 0 ? ROWS : shape[axis]);
            float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            inputs.put(name, OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape));
        }
        try (OrtSession.Result result = session.run(inputs)) {
            int hash = 1;
            for (Map.Entry<String, OnnxValue> output : result) {
                FloatBuffer values = ((OnnxTensor) output.getValue()).getFloatBuffer();
                while (values.hasRemaining()) {
                    hash = 31 * hash + Float.floatToRawIntBits(values.get());
                }
            }
            return Integer.toHexString(hash);
        } finally {
            Closing.all(List.copyOf(inputs.values()));
        }
    }
}
