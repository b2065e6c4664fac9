package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.GraphBuilder.DataKind.FLOAT;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A product of codes, as {@link MatrixType#INT8} has them, that comes out wrong on processors that cut sums off.
 *
 * <p>Input x {@code [2, }{@link #WIDTH}{@code ]} of ones, output y {@code [2, }{@link #WIDTH}{@code ]}: {@link #SUM}
 * everywhere, within a thousandth.
 */
public final class SumsProbe {
    /** Numbers of a row, and outputs. */
    public static final int WIDTH = 64;

    /** What the sums come to. */
    public static final float SUM = WIDTH;

    private SumsProbe() {}

    /** The graph, in itself complete. */
    public static byte[] graph() {
        GraphBuilder graph = new GraphBuilder("sums", "");
        String x = graph.input("x", FLOAT, 2, WIDTH);
        byte[] codes = new byte[WIDTH * WIDTH];
        Arrays.fill(codes, Byte.MAX_VALUE);
        float[] scales = new float[WIDTH];
        Arrays.fill(scales, 1f / Byte.MAX_VALUE);
        Int8Rows rows = graph.int8Rows(x);
        String matrix = graph.codes(ByteBuffer.wrap(codes), WIDTH, WIDTH);
        String sums = graph.int8Product(rows.codes(), matrix, graph.floats(scales, WIDTH));
        graph.output("y", graph.node("Mul", sums, rows.scales()), FLOAT, 2, WIDTH);
        return graph.build().toByteArray();
    }
}
