package dev.dllm4j.decoder.file;

import java.io.IOException;

/** A file that is not opened, or not read on, for what it is. The message is one line and names file and remedy. */
public final class RefusedFileException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedFileException(String message) {
        super(message);
    }
}
