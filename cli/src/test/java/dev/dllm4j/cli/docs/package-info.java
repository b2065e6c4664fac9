/**
 * Checks what README.md and docs/*.md tell their readers to type. {@code DocCommandsTest} compares pages and table;
 * {@code DocsRun}, in the Maven profile {@code docs}, runs every command.
 */
@NullMarked
package dev.dllm4j.cli.docs;

import org.jspecify.annotations.NullMarked;
