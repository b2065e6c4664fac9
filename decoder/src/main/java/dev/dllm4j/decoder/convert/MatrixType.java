package dev.dllm4j.decoder.convert;

/** How the numbers of a weight lie in a model folder. */
@SuppressWarnings("ImmutableEnumChecker") // records of enums
public enum MatrixType {
    F32(new FloatMatrix(DataType.F32)),
    F16(new FloatMatrix(DataType.F16)),
    BF16(new FloatMatrix(DataType.BF16)),
    /** Eight bits a number and a scale for each output, {@code value = scale · code}; {@code [in, out]}, for products. */
    INT8(new Int8Matrix()),
    /** Eight bits a number and a scale a row; {@code [ids, width]}, to look rows up. */
    INT8_TABLE(new Int8Table()),
    /** Four bits a number, a scale and a zero point for each 32 of a row, {@code value = scale · (code − zero point)}. */
    INT4(new Int4Matrix());

    private final StoredMatrix matrix;

    MatrixType(StoredMatrix matrix) {
        this.matrix = matrix;
    }

    StoredMatrix matrix() {
        return matrix;
    }
}
