package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Rows in direct memory that a session reads and writes in place, reused by every forward. Hands out tensors over
 * stretches of its rows and keeps them, so that forwards of the same shape make none.
 *
 * <p>A slab that cannot grow stays as it was. Not thread-safe. Tensors are valid until the slab grows or is closed.
 */
final class Slab implements AutoCloseable {
    /** Shapes of a few batches; more means that the shapes change anyway. */
    private static final int TENSORS_KEPT = 256;

    private final OrtEnvironment environment;
    private final OnnxJavaType type;
    private final IntFunction<ByteBuffer> allocator;
    /** Lengths of a row's dimensions; none where a row is one number. */
    private int[] row;

    private int columns;
    private final Map<Long, OnnxTensor> tensors = new HashMap<>();
    private ByteBuffer memory;
    private FloatBuffer floats;
    private LongBuffer longs;
    private int capacity;

    /** @param allocator of direct memory, by bytes */
    Slab(OrtEnvironment environment, OnnxJavaType type, IntFunction<ByteBuffer> allocator, int... row) {
        this.environment = environment;
        this.type = type;
        this.allocator = allocator;
        this.row = row;
        this.columns = product(row);
        this.memory = ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());
        this.floats = memory.asFloatBuffer();
        this.longs = memory.asLongBuffer();
    }

    /** Rows of float32: tensors {@code [rows, ...row]}, {@code [rows]} without dimensions. */
    static Slab floats(OrtEnvironment environment, int... row) {
        return new Slab(environment, OnnxJavaType.FLOAT, ByteBuffer::allocateDirect, row);
    }

    /** Rows of int64: tensors {@code [rows, ...row]}, {@code [rows]} without dimensions. */
    static Slab longs(OrtEnvironment environment, int... row) {
        return new Slab(environment, OnnxJavaType.INT64, ByteBuffer::allocateDirect, row);
    }

    int columns() {
        return columns;
    }

    /** Rows there is room for. */
    int capacity() {
        return capacity;
    }

    /** Changes the dimensions of a row; what stood in the slab is lost. */
    void row(int... newRow) {
        if (!Arrays.equals(newRow, row)) {
            int newColumns = product(newRow);
            closeTensors();
            row = newRow.clone();
            columns = newColumns;
            capacity = columns == 0 ? 0 : (int) (memory.capacity() / ((long) columns * type.size));
        }
    }

    /**
     * Makes room for so many rows; what stood in them is lost when the slab grows.
     *
     * @throws ModelException where there is no memory for them
     */
    void reserve(int rows) {
        if (rows > capacity) {
            ByteBuffer grown = allocate(rows, Math.max(rows, capacity + capacity / 2));
            closeTensors();
            memory = grown;
            floats = grown.asFloatBuffer();
            longs = grown.asLongBuffer();
            capacity = columns == 0 ? rows : (int) (grown.capacity() / ((long) columns * type.size));
        }
    }

    /** All memory as float32, {@code [capacity, columns]}. */
    FloatBuffer floats() {
        return floats;
    }

    /** All memory as int64, {@code [capacity, columns]}. */
    LongBuffer longs() {
        return longs;
    }

    void copyRow(int to, Slab source, int from) {
        int bytes = columns * type.size;
        memory.put(to * bytes, source.memory, from * bytes, bytes);
    }

    void clearRow(int row) {
        int bytes = columns * type.size;
        for (int i = row * bytes; i < (row + 1) * bytes; i++) {
            memory.put(i, (byte) 0);
        }
    }

    /** Copies rows towards the front. */
    void moveRows(int from, int to, int rows) {
        int bytes = columns * type.size;
        memory.put(to * bytes, memory, from * bytes, rows * bytes);
    }

    /** The tensor over some rows; the slab owns it. */
    OnnxTensor tensor(int from, int rows) {
        long key = (long) from << Integer.SIZE | rows;
        OnnxTensor kept = tensors.get(key);
        if (kept != null) {
            return kept;
        }
        if (tensors.size() == TENSORS_KEPT) {
            closeTensors();
        }
        OnnxTensor made = make(from, rows);
        tensors.put(key, made);
        return made;
    }

    @Override
    public void close() {
        closeTensors();
    }

    private OnnxTensor make(int from, int rows) {
        long[] shape = new long[1 + row.length];
        shape[0] = rows;
        for (int dimension = 0; dimension < row.length; dimension++) {
            shape[1 + dimension] = row[dimension];
        }
        try {
            if (type == OnnxJavaType.FLOAT) {
                FloatBuffer buffer = floats.slice(from * columns, rows * columns);
                return OnnxTensor.createTensor(environment, buffer, shape);
            }
            LongBuffer buffer = longs.slice(from * columns, rows * columns);
            return OnnxTensor.createTensor(environment, buffer, shape);
        } catch (OrtException e) {
            throw new ModelException("no tensor over " + rows + " rows: " + OrtProcess.firstLine(e), e);
        }
    }

    private static int product(int... row) {
        int product = 1;
        for (int length : row) {
            product = Math.multiplyExact(product, length);
        }
        return product;
    }

    private void closeTensors() {
        tensors.values().forEach(OnnxTensor::close);
        tensors.clear();
    }

    /** Memory for some rows, with room to spare if that can be had. */
    private ByteBuffer allocate(int rows, int withRoom) {
        long bytes = bytes(rows);
        if (bytes > Integer.MAX_VALUE) {
            throw new ModelException("a forward needs a buffer of " + bytes
                    + " bytes, above the limit of 2 GiB; decode fewer sequences at once or a shorter canvas");
        }
        if (withRoom > rows && bytes(withRoom) <= Integer.MAX_VALUE) {
            try {
                return allocate(bytes(withRoom));
            } catch (OutOfMemoryError e) {
                // Without room to spare it may fit.
            }
        }
        try {
            return allocate(bytes);
        } catch (OutOfMemoryError e) {
            throw new ModelException(
                    "a forward needs a buffer of " + bytes
                            + " bytes and the JVM grants no more direct memory; start Java"
                            + " with a larger -XX:MaxDirectMemorySize, decode fewer sequences at once or a shorter"
                            + " canvas",
                    e);
        }
    }

    private ByteBuffer allocate(long bytes) {
        return allocator.apply((int) bytes).order(ByteOrder.nativeOrder());
    }

    private long bytes(int rows) {
        return Math.multiplyExact((long) rows * columns, type.size);
    }
}
