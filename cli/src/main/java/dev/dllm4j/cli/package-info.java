/**
 * The command line. Each command is a class of its own name; {@link dev.dllm4j.cli.Main} puts them together.
 *
 * <p>Standard output carries results, standard error everything else. Exit codes: 0 done, 2 wrong usage, 1 anything
 * else.
 */
@NullMarked
package dev.dllm4j.cli;

import org.jspecify.annotations.NullMarked;
