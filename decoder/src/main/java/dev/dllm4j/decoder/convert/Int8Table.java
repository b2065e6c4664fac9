package dev.dllm4j.decoder.convert;

import java.util.List;

/** A code of eight bits for each number and a scale for each row of a table, row after row. */
record Int8Table() implements StoredMatrix {
    private static final int SCALES = 1;

    @Override
    public List<StoredPart> parts(List<Long> shape) {
        RowChunks.requireWidth(shape);
        return List.of(StoredPart.bytes("", shape.get(0), shape.get(1)), StoredPart.floats("_scale", shape.get(0)));
    }

    @Override
    public WeightEncoder encoder(Transcoder transcoder, DataType source, List<Long> shape) {
        return new Int8Encoder(new RowChunks(transcoder, source, shape), shape);
    }

    @Override
    public String rows(GraphBuilder graph, NamedWeight table, String ids) {
        String codes = graph.gather(table.part(graph, 0), ids, 0);
        String scales = graph.gather(table.part(graph, SCALES), ids, 0);
        return graph.node("Mul", graph.toFloat(codes), graph.reshape(scales, -1, 1));
    }

    @Override
    public String product(GraphBuilder graph, String rows, NamedWeight matrix, String... bias) {
        throw new IllegalStateException("nothing is multiplied by a table");
    }
}
