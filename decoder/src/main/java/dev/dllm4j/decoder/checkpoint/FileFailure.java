package dev.dllm4j.decoder.checkpoint;

import dev.dllm4j.decoder.file.RefusedFileException;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What a file system refused, in plain words and one line. */
public final class FileFailure {
    /** As Linux, macOS and the BSDs say it. */
    private static final String READ_ONLY = "Read-only file system";

    private FileFailure() {}

    public static ModelException reading(Path file, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new ModelException("reading " + file + " was interrupted; do it again", e);
        }
        if (e instanceof RefusedFileException) {
            return new ModelException(String.valueOf(e.getMessage()), e);
        }
        return new ModelException(
                file + " cannot be read: " + reason(e) + "; check that the path is right and the file readable", e);
    }

    public static ModelException writing(Path file, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new ModelException("writing " + file + " was interrupted; do it again", e);
        }
        String remedy = e instanceof AccessDeniedException || READ_ONLY.equals(reason(e)) ? "allow it" : "make space";
        return new ModelException(
                "%s cannot be written: %s; %s or choose another output folder".formatted(file, reason(e), remedy), e);
    }

    /** Messages of file system exceptions are often nothing but the path. */
    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "it does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String message = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
