package dev.dllm4j.train.problem;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.zip.CRC32;

/**
 * Problems to train on and problems to test with. Template and numbers alone decide where a problem belongs, so no test
 * problem is a training problem with other names and things.
 */
public enum Split {
    TRAIN,
    TEST;

    private static final int TEST_ONE_IN = 10;

    /** The split of a template's problem with these numbers. */
    static Split of(Template template, Numbers numbers) {
        CRC32 hash = new CRC32();
        hash.update((template.name() + " " + numbers.given()).getBytes(UTF_8));
        return hash.getValue() % TEST_ONE_IN == 0 ? TEST : TRAIN;
    }
}
