package dev.dllm4j.cache;

/** Whether the rows of a prompt's beginning outlive their sequence, for prompts that begin alike. */
public enum PrefixReuse {
    ON,
    OFF
}
