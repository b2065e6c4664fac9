package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.family.Role;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a conversion makes of a model's matrices. Vectors and routers are float32 always. */
public enum WeightType {
    /** Float32, the type of every other's products but int8's and int4's. */
    F32(MatrixType.F32),
    /** Float16 on disk, float32 in memory. */
    F16(MatrixType.F16),
    /** Bfloat16 on disk, float32 in memory. */
    BF16(MatrixType.BF16),
    /** Eight bits a number, on disk and in memory. */
    INT8(MatrixType.INT8, MatrixType.INT8, MatrixType.INT8_TABLE),
    /** Four bits a number in the layers; embedding and head have eight. */
    INT4(MatrixType.INT4, MatrixType.INT8, MatrixType.INT8_TABLE),
    /** As {@link #INT4}, with eight bits for the matrices of a layer that lose most by four, for their size. */
    MIXED(MatrixType.INT4, MatrixType.INT8, MatrixType.INT8_TABLE);

    private static final Set<Role> OUTSIDE_LAYERS = EnumSet.of(Role.HEAD_TRANSFORM, Role.HEAD);
    private static final Set<Role> SENSITIVE = EnumSet.of(Role.KEY, Role.VALUE, Role.ATTENTION_OUT);

    private final MatrixType layers;
    private final MatrixType outside;
    private final MatrixType table;

    WeightType(MatrixType floats) {
        this(floats, floats, floats);
    }

    WeightType(MatrixType layers, MatrixType outside, MatrixType table) {
        this.layers = layers;
        this.outside = outside;
        this.table = table;
    }

    /** How a weight that is a matrix is stored; which experts a router chooses must not depend on how it is rounded. */
    MatrixType matrix(Role role) {
        return switch (role) {
            case ROUTER -> MatrixType.F32;
            case EMBEDDING -> table;
            default -> OUTSIDE_LAYERS.contains(role) || (this == MIXED && SENSITIVE.contains(role)) ? outside : layers;
        };
    }

    /** Whether numbers are rounded to codes, so that each must be finite. */
    public boolean quantized() {
        return table == MatrixType.INT8_TABLE;
    }

    /** As the command line has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
