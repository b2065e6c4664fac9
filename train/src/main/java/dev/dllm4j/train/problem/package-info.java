/** Grade-school word problems with worked answers, drawn from templates. */
@NullMarked
package dev.dllm4j.train.problem;

import org.jspecify.annotations.NullMarked;
