package dev.dllm4j.decoder.template;

/** Python's {@code None}. */
enum None {
    NONE
}
