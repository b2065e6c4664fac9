package dev.dllm4j.decoder;

/** Why a decoding ended. */
public enum FinishReason {
    /** The stop rule found the text's end. */
    STOP,
    /** The canvas is full. */
    LENGTH,
    /** The caller cancelled it. */
    CANCELLED
}
