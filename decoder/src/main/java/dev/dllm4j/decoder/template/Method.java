package dev.dllm4j.decoder.template;

/** A method of a value, not called yet. */
record Method(Object self, String name) {}
