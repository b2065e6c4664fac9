package dev.dllm4j.decoder.template;

/** What one rendering carries around. Confined to its thread. */
record Context(Budget budget, TemplateOptions options) {}
