package dev.dllm4j.decoder.convert;

import java.nio.ByteBuffer;
import java.util.List;

/** Numbers as they are, in float32 or a type of sixteen bits. Products are float32's, over a widened copy. */
record FloatMatrix(DataType type) implements StoredMatrix {
    @Override
    public List<StoredPart> parts(List<Long> shape) {
        return List.of(new StoredPart("", type.onnx(), type.bytes(), shape));
    }

    @Override
    public long productBytes(List<Long> shape) {
        return new FloatMatrix(DataType.F32).parts(shape).get(0).bytes();
    }

    @Override
    public WeightEncoder encoder(Transcoder transcoder, DataType source, List<Long> shape) {
        return new WeightEncoder() {
            @Override
            public int chunk() {
                return Transcoder.CHUNK;
            }

            @Override
            public ByteBuffer encode(ByteBuffer chunk) throws OutOfRangeException {
                return transcoder.transcode(chunk, source, type);
            }

            @Override
            public List<ByteBuffer> rest() {
                return List.of(ByteBuffer.allocate(0));
            }
        };
    }

    @Override
    public String rows(GraphBuilder graph, NamedWeight table, String ids) {
        return toFloat(graph, graph.gather(table.part(graph, 0), ids, 0));
    }

    @Override
    public String product(GraphBuilder graph, String rows, NamedWeight matrix, String... bias) {
        return graph.gemm(rows, toFloat(graph, matrix.part(graph, 0)), bias);
    }

    private String toFloat(GraphBuilder graph, String numbers) {
        return type == DataType.F32 ? numbers : graph.toFloat(numbers);
    }
}
