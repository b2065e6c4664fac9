package dev.dllm4j.decoder.convert;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A code of eight bits for each number and a scale for each output, the codes {@code [in, out]} as ONNX Runtime packs them
 * fastest. Rows of a product are rounded to
 * eight bits as well, each by a scale of its own; sums are integers', so that a row's bits depend on nothing beside it.
 */
record Int8Matrix() implements StoredMatrix {
    private static final int SCALES = 1;

    @Override
    public List<StoredPart> parts(List<Long> shape) {
        RowChunks.requireWidth(shape);
        wholeBytes(shape);
        return List.of(StoredPart.bytes("", shape.get(1), shape.get(0)), StoredPart.floats("_scale", shape.get(0)));
    }

    @Override
    public int wholeBytes(List<Long> shape) {
        long codes = Math.multiplyExact(shape.get(0), shape.get(1));
        if (codes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "has %d numbers; int8 takes %d of a matrix at most, so convert with --weights f32, f16 or bf16",
                    codes,
                    Integer.MAX_VALUE));
        }
        return (int) codes;
    }

    @Override
    public WeightEncoder encoder(Transcoder transcoder, DataType source, List<Long> shape) {
        return new TransposingEncoder(
                transcoder, new Int8Encoder(new RowChunks(transcoder, source, shape), shape), shape);
    }

    @Override
    public String rows(GraphBuilder graph, NamedWeight table, String ids) {
        throw new IllegalStateException("no rows are looked up in a matrix of codes");
    }

    @Override
    public String product(GraphBuilder graph, String rows, NamedWeight matrix, String... bias) {
        String product = product(graph, graph.int8Rows(rows), matrix);
        for (String added : bias) {
            product = graph.node("Add", product, added);
        }
        return product;
    }

    /** Rounds the rows before they are parted, once for all: ONNX Runtime finds no maximum in an empty stretch. */
    @Override
    public List<String> products(
            GraphBuilder graph, List<String> stretches, String lengths, List<NamedWeight> matrices) {
        Int8Rows rows = graph.int8Rows(graph.joined(stretches));
        List<String> codes = graph.split(rows.codes(), lengths, matrices.size());
        List<String> scales = graph.split(rows.scales(), lengths, matrices.size());
        return IntStream.range(0, matrices.size())
                .mapToObj(i -> product(graph, new Int8Rows(codes.get(i), scales.get(i)), matrices.get(i)))
                .toList();
    }

    private static String product(GraphBuilder graph, Int8Rows rows, NamedWeight matrix) {
        String sums = graph.int8Product(rows.codes(), matrix.part(graph, 0), matrix.part(graph, SCALES));
        return graph.node("Mul", sums, rows.scales());
    }
}
