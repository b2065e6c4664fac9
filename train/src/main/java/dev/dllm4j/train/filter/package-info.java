/** Learn2PD's filter: records of an extremely greedy decoding, and the network fitted to them. */
@NullMarked
package dev.dllm4j.train.filter;

import org.jspecify.annotations.NullMarked;
