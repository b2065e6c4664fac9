package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Rotary;
import dev.dllm4j.decoder.model.Sight;
import java.util.List;

/**
 * Cosines and sines of a batch's rows, {@code [rows, w/2]} each for a rotated width of w. Layers that see only what is
 * near have tables of their own. Not thread-safe.
 */
final class Angles implements AutoCloseable {
    private final Sight sight;
    private final Table everywhere;
    private final Table near;
    private final List<Table> tables;

    Angles(OrtEnvironment environment, ModelSpec spec) {
        Rotary rotary = spec.rotary();
        sight = spec.sight();
        everywhere = new Table(environment, rotary.theta(), rotary.width());
        boolean differs = sight instanceof Sight.Alternating && rotary.localTheta() != rotary.theta();
        near = differs ? new Table(environment, rotary.localTheta(), rotary.width()) : everywhere;
        tables = differs ? List.of(everywhere, near) : List.of(everywhere);
    }

    /** Makes room for so many rows; what stood in them is lost when the tables grow. */
    void reserve(int rows) {
        for (Table table : tables) {
            table.cosines.reserve(rows);
            table.sines.reserve(rows);
        }
    }

    /** Writes the angles of a position into a row. */
    void put(int row, int position) {
        for (Table table : tables) {
            table.rotation.put(position, table.cosines.floats(), table.sines.floats(), row);
        }
    }

    /** Copies rows towards the front. */
    void moveRows(int from, int to, int rows) {
        for (Table table : tables) {
            table.cosines.moveRows(from, to, rows);
            table.sines.moveRows(from, to, rows);
        }
    }

    OnnxTensor cosines(int layer, int from, int rows) {
        return table(layer).cosines.tensor(from, rows);
    }

    OnnxTensor sines(int layer, int from, int rows) {
        return table(layer).sines.tensor(from, rows);
    }

    private Table table(int layer) {
        return sight instanceof Sight.Alternating alternating && alternating.local(layer) ? near : everywhere;
    }

    @Override
    public void close() {
        tables.forEach(Table::close);
    }

    /** The angles of one base. */
    private static final class Table {
        private final Rotation rotation;
        private final Slab cosines;
        private final Slab sines;

        Table(OrtEnvironment environment, double theta, int width) {
            rotation = new Rotation(theta, width);
            cosines = Slab.floats(environment, width / 2);
            sines = Slab.floats(environment, width / 2);
        }

        void close() {
            cosines.close();
            sines.close();
        }
    }
}
