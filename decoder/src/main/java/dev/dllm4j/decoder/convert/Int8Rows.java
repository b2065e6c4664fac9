package dev.dllm4j.decoder.convert;

/**
 * Rows of a graph rounded to eight bits, {@code value ≈ scale · (code − 128)}.
 *
 * @param codes {@code [R, columns]}, of 1 to 255
 * @param scales {@code [R, 1]}; none where the row has a number that is none, so that its products are none either
 */
record Int8Rows(String codes, String scales) {
    /** The code of 0. */
    static final int ZERO = 128;

    private static final float LARGEST_CODE = 127;

    /**
     * Rounds each row by its largest magnitude. A scale is a product and not a quotient, which would round differently at
     * the end of a vector. A maximum passes over what is no number, the sum does not; of a row of zeros the codes are
     * anything and the scale is 0.
     */
    static Int8Rows of(GraphBuilder graph, String rows) {
        String below = graph.node("Neg", graph.reduce("ReduceMin", rows));
        String largest = graph.node("Max", graph.reduce("ReduceMax", rows), below);
        String scales = graph.node("Mul", largest, graph.scalar(1 / LARGEST_CODE));
        String none = graph.node("Mul", graph.reduce("ReduceSum", rows), graph.scalar(0));
        String codes = graph.quantize(rows, graph.reshape(scales, -1), ZERO);
        return new Int8Rows(codes, graph.node("Add", scales, none));
    }
}
