package dev.dllm4j.decoder.template;

import java.util.List;

/**
 * What {@code keys}, {@code values} or {@code items} of a dict give.
 *
 * @param kind as Python names the type
 */
record View(String kind, List<Object> elements) {}
