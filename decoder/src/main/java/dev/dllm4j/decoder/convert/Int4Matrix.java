package dev.dllm4j.decoder.convert;

import java.util.List;
import java.util.Locale;

/**
 * A code of four bits for each number, a scale and a zero point for each group of 32 numbers of a row: ONNX Runtime's
 * {@code MatMulNBits}, which rounds rows of a product to eight bits, group by group.
 */
record Int4Matrix() implements StoredMatrix {
    /** Numbers that share scale and zero point. */
    static final int GROUP = 32;

    /** Bytes of a group's codes. */
    static final int GROUP_BYTES = GROUP / 2;

    /** A scale and a sum for each group, which ONNX Runtime packs beside the codes. */
    private static final long PACKED_BYTES = 2 * Float.BYTES;

    private static final int SCALES = 1;
    private static final int ZERO_POINTS = 2;

    @Override
    public List<StoredPart> parts(List<Long> shape) {
        long rows = shape.get(0);
        long columns = shape.get(1);
        if (columns % GROUP != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "has rows of %d numbers; int4 takes multiples of %d, so convert with --weights int8",
                    columns,
                    GROUP));
        }
        RowChunks.requireWidth(shape);
        long groups = columns / GROUP;
        return List.of(
                StoredPart.unsignedBytes("", rows, groups, (long) GROUP_BYTES),
                StoredPart.floats("_scale", rows * groups),
                StoredPart.unsignedBytes("_zero", rows * ((groups + 1) / 2)));
    }

    /** The packed copy, and scales and zero points where they lie in the file. */
    @Override
    public long productBytes(List<Long> shape) {
        return StoredMatrix.super.productBytes(shape) + shape.get(0) * shape.get(1) / GROUP * PACKED_BYTES;
    }

    @Override
    public WeightEncoder encoder(Transcoder transcoder, DataType source, List<Long> shape) {
        return new Int4Encoder(new RowChunks(transcoder, source, shape), shape);
    }

    @Override
    public String rows(GraphBuilder graph, NamedWeight table, String ids) {
        throw new IllegalStateException("no rows are looked up in a matrix of codes");
    }

    @Override
    public String product(GraphBuilder graph, String rows, NamedWeight matrix, String... bias) {
        String product = graph.int4Product(
                rows,
                matrix.part(graph, 0),
                matrix.part(graph, SCALES),
                matrix.part(graph, ZERO_POINTS),
                matrix.weight().shape());
        for (String added : bias) {
            product = graph.node("Add", product, added);
        }
        return product;
    }
}
