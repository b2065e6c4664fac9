/** The checkpoints that come with the program, so that it answers before anything is downloaded. */
@NullMarked
package dev.dllm4j.models;

import org.jspecify.annotations.NullMarked;
