package dev.dllm4j.decoder.convert;

/** A finite value that a data type could only hold as infinity. */
final class OutOfRangeException extends Exception {
    private static final long serialVersionUID = 1;

    private final float value;

    OutOfRangeException(float value) {
        super(value + " is out of range");
        this.value = value;
    }

    float value() {
        return value;
    }
}
