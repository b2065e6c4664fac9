/** What tests of the server share. */
@NullMarked
package dev.dllm4j.server.testing;

import org.jspecify.annotations.NullMarked;
