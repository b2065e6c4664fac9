package dev.dllm4j.decoder.convert;

import java.util.List;
import java.util.stream.IntStream;

/** What a type of weights means for their bytes, for the conversion, and for the graphs. Stateless. */
sealed interface StoredMatrix permits FloatMatrix, Int8Matrix, Int8Table, Int4Matrix {
    /**
     * What the weight is made of, one part after the other.
     *
     * @param shape of the weight; matrices are {@code [out, in]}
     * @throws IllegalArgumentException where the type cannot hold a weight of this shape; the message ends a sentence that
     *     names the weight
     */
    List<StoredPart> parts(List<Long> shape);

    /** Bytes of memory that a product with the weight needs: those of its packed copy, mostly. */
    default long productBytes(List<Long> shape) {
        return parts(shape).stream().mapToLong(StoredPart::bytes).sum();
    }

    /** Bytes of direct memory that encoding a weight takes besides chunks. */
    default int wholeBytes(List<Long> shape) {
        return 0;
    }

    /**
     * Encodes a tensor, chunk by chunk.
     *
     * @param transcoder that no other encoder uses at the time
     * @param source type of the tensor's numbers
     * @param shape of the weight
     */
    WeightEncoder encoder(Transcoder transcoder, DataType source, List<Long> shape);

    /**
     * Rows of the weight by their ids, as float32; the weight itself is never widened.
     *
     * @throws IllegalStateException where the type is for products alone
     */
    String rows(GraphBuilder graph, NamedWeight table, String ids);

    /**
     * The product of rows with the weight, {@code [R, out]}, plus biases of {@code [out]}.
     *
     * @throws IllegalStateException where the type is for look-ups alone
     */
    String product(GraphBuilder graph, String rows, NamedWeight matrix, String... bias);

    /**
     * Products of stretches of rows, each with a weight of its own.
     *
     * @param stretches some of which may be empty
     * @param lengths of the stretches, an int64 vector of the graph
     */
    default List<String> products(
            GraphBuilder graph, List<String> stretches, String lengths, List<NamedWeight> matrices) {
        return IntStream.range(0, matrices.size())
                .mapToObj(i -> product(graph, stretches.get(i), matrices.get(i)))
                .toList();
    }
}
