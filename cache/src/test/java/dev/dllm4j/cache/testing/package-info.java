/** What the tests of every module share, being those of the module that all the others have below them. */
@NullMarked
package dev.dllm4j.cache.testing;

import org.jspecify.annotations.NullMarked;
