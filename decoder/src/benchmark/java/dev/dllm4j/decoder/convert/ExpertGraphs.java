package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.FLOAT;
import static java.util.Objects.requireNonNull;

import ai.onnx.proto.OnnxMl;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.FeedForward.Experts;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Norm;
import dev.dllm4j.decoder.model.Readout;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** One layer's experts as graphs of three kinds, over the same random weights. */
public final class ExpertGraphs {
    /** 64 experts of ffn 512 on rows of 1024, of which a row has eight. */
    public static final Experts EXPERTS = new Experts(64, 8, 512, 0, 0, 0, new Router.Softmax(false));

    public static final int HIDDEN = 1024;

    private static final String FILE = "weights.bin";
    private static final int BYTES = EXPERTS.expertWidth() * HIDDEN * Float.BYTES;

    private final Path folder;

    public ExpertGraphs(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            writeWeights();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All experts in one graph, as a model's folder has them. */
    public Path layer() {
        return save("layer.onnx", new ExpertPieces(weights()).experts(0));
    }

    /** One expert. */
    public Path expert(int expert) {
        Map<WeightKey, Weight> all = weights().byPlace();
        Map<WeightKey, Weight> own = new HashMap<>();
        own.put(new WeightKey(0, Role.GATE), requireNonNull(all.get(key(Role.EXPERT_GATE, expert))));
        own.put(new WeightKey(0, Role.UP), requireNonNull(all.get(key(Role.EXPERT_UP, expert))));
        own.put(new WeightKey(0, Role.DOWN), requireNonNull(all.get(key(Role.EXPERT_DOWN, expert))));
        StoredWeights weights = new StoredWeights(spec(), own, FILE);
        GraphBuilder graph = weights.graph("expert");
        String x = graph.input("x", FLOAT, "N", HIDDEN);
        String y = weights.gated(graph, x, 0, Role.GATE, Role.UP, Role.DOWN);
        graph.output("y", y, FLOAT, "N", HIDDEN);
        return save("expert-" + expert + ".onnx", graph.build());
    }

    /** ONNX Runtime's own operator, on the same bytes read as its layout; its numbers are not those of the other two. */
    public Path operator() {
        long inner = EXPERTS.expertWidth();
        long experts = EXPERTS.count();
        NodeProto.Builder node = NodeProto.newBuilder()
                .setDomain("com.microsoft")
                .setOpType("MoE")
                .addInput("x")
                .addInput("scores")
                .addInput("fc1")
                .addInput("")
                .addInput("fc2")
                .addOutput("y")
                .addAttribute(attribute("k", EXPERTS.active()))
                .addAttribute(attribute("swiglu_fusion", 1))
                .addAttribute(AttributeProto.newBuilder()
                        .setName("activation_type")
                        .setType(AttributeProto.AttributeType.STRING)
                        .setS(ByteString.copyFromUtf8("swiglu")));
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("operator")
                .addNode(node)
                .addInitializer(stored("fc1", 0, experts, 2 * inner, HIDDEN))
                .addInitializer(stored("fc2", 2 * experts * BYTES, experts, HIDDEN, inner))
                .addInput(value("x", HIDDEN))
                .addInput(value("scores", experts))
                .addOutput(value("y", HIDDEN));
        return save(
                "operator.onnx",
                OnnxMl.ModelProto.newBuilder()
                        .setIrVersion(8)
                        .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(18))
                        .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder()
                                .setDomain("com.microsoft")
                                .setVersion(1))
                        .setGraph(graph)
                        .build());
    }

    private void writeWeights() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(
                folder.resolve(FILE),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int matrix = 0; matrix < 3 * EXPERTS.count(); matrix++) {
                buffer.clear();
                while (buffer.hasRemaining()) {
                    buffer.putFloat((float) (random.nextDouble() - 0.5) / 16);
                }
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
    }

    private static StoredWeights weights() {
        Map<WeightKey, Weight> weights = new HashMap<>();
        List<Long> wide = List.of((long) EXPERTS.expertWidth(), (long) HIDDEN);
        List<Long> back = List.of((long) HIDDEN, (long) EXPERTS.expertWidth());
        for (int expert = 0; expert < EXPERTS.count(); expert++) {
            weights.put(key(Role.EXPERT_GATE, expert), new Weight(MatrixType.F32, wide, 2L * expert * BYTES));
            weights.put(key(Role.EXPERT_UP, expert), new Weight(MatrixType.F32, wide, (2L * expert + 1) * BYTES));
            weights.put(
                    key(Role.EXPERT_DOWN, expert),
                    new Weight(MatrixType.F32, back, (2L * EXPERTS.count() + expert) * BYTES));
        }
        return new StoredWeights(spec(), weights, FILE);
    }

    private static ModelSpec spec() {
        return new ModelSpec(
                "llada_moe",
                4,
                HIDDEN,
                1,
                1,
                1,
                2,
                EXPERTS,
                1,
                new Rotary(1, 2),
                new Norm(Norm.Kind.RMS, 1e-5),
                0,
                new Sight.Everything(),
                new Readout(false, false),
                3,
                Set.of(),
                Set.of());
    }

    private static WeightKey key(Role role, int expert) {
        return new WeightKey(0, role, expert);
    }

    private Path save(String name, OnnxMl.ModelProto model) {
        Path file = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            model.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    private static TensorProto stored(String name, long offset, long... shape) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .setDataLocation(TensorProto.DataLocation.EXTERNAL);
        long bytes = Float.BYTES;
        for (long dimension : shape) {
            tensor.addDims(dimension);
            bytes *= dimension;
        }
        return tensor.addExternalData(entry("location", FILE))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(bytes)))
                .build();
    }

    private static OnnxMl.StringStringEntryProto entry(String key, String value) {
        return OnnxMl.StringStringEntryProto.newBuilder()
                .setKey(key)
                .setValue(value)
                .build();
    }

    private static ValueInfoProto value(String name, long columns) {
        OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder()
                .addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimParam("R"))
                .addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimValue(columns));
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }

    private static AttributeProto.Builder attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value);
    }
}
