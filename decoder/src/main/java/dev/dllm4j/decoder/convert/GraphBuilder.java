package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.OnnxParts.entry;
import static dev.dllm4j.decoder.convert.OnnxParts.integer;
import static dev.dllm4j.decoder.convert.OnnxParts.integers;
import static dev.dllm4j.decoder.convert.OnnxParts.oneByte;
import static dev.dllm4j.decoder.convert.OnnxParts.real;
import static dev.dllm4j.decoder.convert.OnnxParts.value;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import dev.dllm4j.decoder.model.Norm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Writes one ONNX graph node by node. A method that adds a node returns the name of its output, so a graph reads as
 * nested calls. Confined to one thread, used once.
 */
final class GraphBuilder {
    /** Operator set of the standard domain; 18 made axes of reductions inputs. */
    private static final int OPSET = 18;
    /** File format version that belongs to the operator set. */
    private static final int IR_VERSION = 8;
    /** Domain of ONNX Runtime's own operators. */
    private static final String MICROSOFT = "com.microsoft";
    /** MatMulNBits's word for rows that it rounds to eight bits. */
    private static final int EIGHT_BIT_ROWS = 4;

    private final OnnxMl.GraphProto.Builder graph;
    private final String weightsFile;
    private final Set<String> initializers = new HashSet<>();
    private final Map<String, Int8Rows> int8Rows = new HashMap<>();
    /** What was split, by what came of it. */
    private final Map<List<String>, String> whole = new HashMap<>();

    private int names;

    /** @param weightsFile name of the external-data file, in the folder the graph is written to */
    GraphBuilder(String name, String weightsFile) {
        this.graph = OnnxMl.GraphProto.newBuilder().setName(name);
        this.weightsFile = weightsFile;
    }

    /** Declares an input; a dimension is a number or a symbol. */
    String input(String name, DataKind kind, Object... dimensions) {
        graph.addInput(value(name, kind, dimensions));
        return name;
    }

    /** Gives a node's output its public name. */
    void output(String name, String source, DataKind kind, Object... dimensions) {
        graph.addNode(OnnxMl.NodeProto.newBuilder()
                .setOpType("Identity")
                .addInput(source)
                .addOutput(name));
        graph.addOutput(value(name, kind, dimensions));
    }

    /** A part of a weight in the external-data file, as it is stored. */
    String stored(String name, Weight weight, int part) {
        StoredPart stored = weight.parts().get(part);
        String initializer = name + stored.suffix();
        if (initializers.add(initializer)) {
            graph.addInitializer(OnnxMl.TensorProto.newBuilder()
                    .setName(initializer)
                    .setDataType(stored.onnx())
                    .addAllDims(stored.shape())
                    .setDataLocation(OnnxMl.TensorProto.DataLocation.EXTERNAL)
                    .addExternalData(entry("location", weightsFile))
                    .addExternalData(entry("offset", Long.toString(weight.partOffset(part))))
                    .addExternalData(entry("length", Long.toString(stored.bytes()))));
        }
        return initializer;
    }

    String floats(float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(OnnxMl.TensorProto.DataType.FLOAT, bytes, shape);
    }

    /** Signed codes of eight bits. */
    String codes(ByteBuffer values, long... shape) {
        return constant(OnnxMl.TensorProto.DataType.INT8, values, shape);
    }

    String scalar(float value) {
        return floats(new float[] {value});
    }

    /** An int64 constant without dimensions. */
    String longScalar(long value) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(value);
        return constant(OnnxMl.TensorProto.DataType.INT64, bytes);
    }

    /** A one-dimensional int64 constant, as shapes, axes and counts are given. */
    String longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return constant(OnnxMl.TensorProto.DataType.INT64, bytes, values.length);
    }

    String node(String operator, String... inputs) {
        return add(OnnxMl.NodeProto.newBuilder(), operator, inputs);
    }

    String toFloat(String input) {
        return add(
                OnnxMl.NodeProto.newBuilder().addAttribute(integer("to", DataKind.FLOAT.onnx.getNumber())),
                "Cast",
                input);
    }

    String transpose(String input, long... axes) {
        return add(OnnxMl.NodeProto.newBuilder().addAttribute(integers("perm", axes)), "Transpose", input);
    }

    String reshape(String input, long... shape) {
        return node("Reshape", input, longs(shape));
    }

    String softmax(String input) {
        return add(OnnxMl.NodeProto.newBuilder().addAttribute(integer("axis", -1)), "Softmax", input);
    }

    String gatherElements(String input, String indices) {
        return add(OnnxMl.NodeProto.newBuilder().addAttribute(integer("axis", 1)), "GatherElements", input, indices);
    }

    /** Reshapes to {@code [leading, rows of another, -1]}. */
    String byRowsOf(String input, long leading, String other) {
        String rows = node("Slice", node("Shape", other), longs(0), longs(1));
        return node("Reshape", input, concat(longs(leading), rows, longs(-1)));
    }

    /** Parts one after the other along the first axis. */
    String concat(String... parts) {
        return add(OnnxMl.NodeProto.newBuilder().addAttribute(integer("axis", 0)), "Concat", parts);
    }

    /** Rows of an axis, by their places. */
    String gather(String input, String places, int axis) {
        return add(OnnxMl.NodeProto.newBuilder().addAttribute(integer("axis", axis)), "Gather", input, places);
    }

    /** Rows of the first axis in stretches, as many as an int64 vector has lengths; each may be empty. */
    List<String> split(String input, String lengths, int stretches) {
        List<String> outputs =
                IntStream.range(0, stretches).mapToObj(stretch -> name()).toList();
        whole.put(outputs, input);
        graph.addNode(OnnxMl.NodeProto.newBuilder()
                .setOpType("Split")
                .addAttribute(integer("axis", 0))
                .addInput(input)
                .addInput(lengths)
                .addAllOutput(outputs));
        return outputs;
    }

    /** The rows of stretches, one after the other. */
    String joined(List<String> stretches) {
        String unparted = whole.get(stretches);
        return unparted == null ? concat(stretches.toArray(String[]::new)) : unparted;
    }

    /** Numbers no further from 0 than a bound. */
    String clip(String input, float bound) {
        return node("Clip", input, floats(new float[] {-bound}, new long[0]), floats(new float[] {bound}, new long[0]));
    }

    /** A reduction over some axes, which stay with length one; without any, over the last. */
    String reduce(String operator, String input, long... axes) {
        return node(operator, input, axes.length == 0 ? longs(-1) : longs(axes));
    }

    /** Lengthens the rows of a matrix to a multiple of {@code unit} columns. */
    String padRows(String input, int columns, int unit, float value) {
        int missing = (unit - columns % unit) % unit;
        return missing == 0
                ? input
                : node("Pad", input, longs(0, 0, 0, missing), floats(new float[] {value}, new long[0]));
    }

    /** Matrix product with a float32 {@code [out, in]} matrix; bias may be empty. */
    String gemm(String input, String matrix, String... bias) {
        String[] inputs = new String[2 + bias.length];
        inputs[0] = input;
        inputs[1] = matrix;
        System.arraycopy(bias, 0, inputs, 2, bias.length);
        return add(OnnxMl.NodeProto.newBuilder().addAttribute(integer("transB", 1)), "Gemm", inputs);
    }

    /** Rows rounded to eight bits, once for all products with the same rows. */
    Int8Rows int8Rows(String rows) {
        Int8Rows known = int8Rows.get(rows);
        if (known == null) {
            known = Int8Rows.of(this, rows);
            int8Rows.put(rows, known);
        }
        return known;
    }

    /**
     * Codes of eight bits without a sign, {@code value / scale + zero}, to nearest, ties to even, clipped.
     *
     * @param scales one a row
     */
    String quantize(String rows, String scales, int zero) {
        String zeros = filled(OnnxMl.TensorProto.DataType.UINT8, zero, scales);
        return add(
                OnnxMl.NodeProto.newBuilder().addAttribute(integer("axis", 0)), "QuantizeLinear", rows, scales, zeros);
    }

    /**
     * Products of codes, summed as integers, by the scales of the matrix.
     *
     * @param codes of {@link #int8Rows}
     * @param matrix signed codes {@code [in, out]}
     * @param scales {@code [out]}
     */
    String int8Product(String codes, String matrix, String scales) {
        return add(
                OnnxMl.NodeProto.newBuilder().setDomain(MICROSOFT),
                "QGemm",
                codes,
                floats(new float[] {1}, new long[0]),
                constant(OnnxMl.TensorProto.DataType.UINT8, ByteBuffer.wrap(new byte[] {(byte) Int8Rows.ZERO})),
                matrix,
                scales,
                filled(OnnxMl.TensorProto.DataType.INT8, 0, scales));
    }

    /**
     * Matrix product with groups of four-bit codes.
     *
     * @param shape of the matrix, {@code [out, in]}
     */
    String int4Product(String input, String codes, String scales, String zeroPoints, List<Long> shape) {
        return add(
                OnnxMl.NodeProto.newBuilder()
                        .setDomain(MICROSOFT)
                        .addAttribute(integer("N", shape.get(0)))
                        .addAttribute(integer("K", shape.get(1)))
                        .addAttribute(integer("bits", 4))
                        .addAttribute(integer("block_size", Int4Matrix.GROUP))
                        .addAttribute(integer("accuracy_level", EIGHT_BIT_ROWS)),
                "MatMulNBits",
                input,
                codes,
                scales,
                zeroPoints);
    }

    /** Normalises along the last axis. */
    String norm(Norm norm, String input, String weight) {
        return add(
                OnnxMl.NodeProto.newBuilder().addAttribute(integer("axis", -1)).addAttribute(real("epsilon", (float)
                        norm.epsilon())),
                switch (norm.kind()) {
                    case RMS -> "SimplifiedLayerNormalization";
                    case LAYER -> "LayerNormalization";
                },
                input,
                weight);
    }

    /** x · Φ(x), by the error function. */
    String gelu(String input) {
        return add(OnnxMl.NodeProto.newBuilder().setDomain(MICROSOFT), "Gelu", input);
    }

    /**
     * Rotary embedding of {@code [1, rows, heads · width]}, halves rotated, row i by row i of the tables.
     *
     * @param rotated leading numbers of a head that are rotated; the others stay as they are
     */
    String rotate(String input, int heads, int width, int rotated, String cosines, String sines) {
        OnnxMl.NodeProto.Builder node =
                OnnxMl.NodeProto.newBuilder().setDomain(MICROSOFT).addAttribute(integer("interleaved", 0));
        if (rotated < width) {
            node.addAttribute(integer("num_heads", heads)).addAttribute(integer("rotary_embedding_dim", rotated));
        }
        return add(node, "RotaryEmbedding", input, longs(0), cosines, sines);
    }

    /** Places of the two largest values of the last axis, the largest first. */
    String topTwo(String input) {
        String places = name();
        graph.addNode(OnnxMl.NodeProto.newBuilder()
                .setOpType("TopK")
                .addInput(input)
                .addInput(longs(2))
                .addAttribute(integer("axis", -1))
                .addOutput(name())
                .addOutput(places));
        return places;
    }

    OnnxMl.ModelProto build() {
        return OnnxMl.ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("dllm4j")
                .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder()
                        .setDomain(MICROSOFT)
                        .setVersion(1))
                .setGraph(graph)
                .build();
    }

    /** A byte for each element of another tensor. */
    private String filled(OnnxMl.TensorProto.DataType type, int value, String like) {
        return add(
                OnnxMl.NodeProto.newBuilder().addAttribute(oneByte("value", type, value)),
                "ConstantOfShape",
                node("Shape", like));
    }

    private String constant(OnnxMl.TensorProto.DataType type, ByteBuffer bytes, long... shape) {
        var tensor = OnnxMl.TensorProto.newBuilder()
                .setName(name())
                .setDataType(type.getNumber())
                .setRawData(ByteString.copyFrom(bytes.rewind()));
        Arrays.stream(shape).forEach(tensor::addDims);
        graph.addInitializer(tensor);
        return tensor.getName();
    }

    private String add(OnnxMl.NodeProto.Builder node, String operator, String... inputs) {
        String output = name();
        graph.addNode(node.setOpType(operator).addAllInput(List.of(inputs)).addOutput(output));
        return output;
    }

    private String name() {
        return "n" + names++;
    }

    /** Element types of inputs and outputs. */
    enum DataKind {
        FLOAT(OnnxMl.TensorProto.DataType.FLOAT),
        FLOAT16(OnnxMl.TensorProto.DataType.FLOAT16),
        INT64(OnnxMl.TensorProto.DataType.INT64);

        final OnnxMl.TensorProto.DataType onnx;

        DataKind(OnnxMl.TensorProto.DataType onnx) {
            this.onnx = onnx;
        }
    }
}
