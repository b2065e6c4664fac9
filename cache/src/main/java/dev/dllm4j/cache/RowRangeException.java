package dev.dllm4j.cache;

/** A finite number that rows of a smaller type could keep only as an infinite one. */
public final class RowRangeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RowRangeException(float value) {
        super("rows kept as float16 hold numbers up to 65504, and one is " + value);
    }
}
