/**
 * Pages and pictures from result files, so that no number is typed by hand: {@link dev.dllm4j.eval.report.Report} fills
 * a Markdown template, whose filters name result files and what to show of them.
 */
@NullMarked
package dev.dllm4j.eval.report;

import org.jspecify.annotations.NullMarked;
