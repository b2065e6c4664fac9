package dev.dllm4j.decoder.template;

/**
 * What a name without value evaluates to: false, empty, printed as nothing; everything else that is done with it fails.
 *
 * @param reason what is undefined, as a message says it
 */
record Undefined(String reason) {
    IllegalArgumentException failure() {
        return new IllegalArgumentException(reason);
    }
}
