/**
 * Templates in the part of Jinja2 that chat templates use, with Jinja2's and Python's meaning: text, to tokens, to a
 * tree, to a prompt. A template comes from an untrusted file; what it may take of time and memory is bounded.
 */
@NullMarked
package dev.dllm4j.decoder.template;

import org.jspecify.annotations.NullMarked;
