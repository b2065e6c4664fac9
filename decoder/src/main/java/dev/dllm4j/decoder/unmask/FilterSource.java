package dev.dllm4j.decoder.unmask;

import java.nio.file.Path;

/**
 * What a SPEC may reach when it names a filter's file. Reading a SPEC opens no file but through this, so whoever reads
 * the SPEC of a stranger gives it {@link #NONE}, however deep in the SPEC a name stands.
 */
public interface FilterSource {
    /** Any file: for SPECs of the user's own. */
    FilterSource FILES = name -> LearnedFilter.read(Path.of(name));

    /** No file: for SPECs of clients and of files. */
    FilterSource NONE = name -> {
        throw new IllegalArgumentException(
                "a filter's file cannot be named here; write filter, or filter(accept=0.96), for the model's own");
    };

    /**
     * The filter of a name as the SPEC writes it.
     *
     * @throws IllegalArgumentException if there is none, or it may not be named
     */
    LearnedFilter filter(String name);
}
