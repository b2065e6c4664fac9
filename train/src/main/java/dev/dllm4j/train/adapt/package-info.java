/** Models made from a trained one by low-rank adapters: rainbow padding and certainty forcing. */
@NullMarked
package dev.dllm4j.train.adapt;

import org.jspecify.annotations.NullMarked;
