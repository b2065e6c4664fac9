package dev.dllm4j.decoder.text;

import ai.djl.util.Utils;
import dev.dllm4j.decoder.file.CacheLocation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the tokenizer's native library is unpacked, and why it could not be. */
final class NativeTokenizer {
    private NativeTokenizer() {}

    /** What to throw in place of the library's failure, which says neither the folder nor the reason. */
    static UncheckedIOException failure(Throwable e) {
        Path folder = Utils.getEngineCacheDir("tokenizers");
        return new UncheckedIOException(
                "the tokenizer's native library cannot be loaded from " + folder + " (" + reason(folder, e)
                        + "); it is unpacked there, so name a folder that you can write with " + CacheLocation.VARIABLE
                        + " or --cache-dir",
                new IOException(e));
    }

    private static String reason(Path folder, Throwable e) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "writable", ""));
        } catch (IOException notWritable) {
            return "it cannot be written: " + notWritable;
        }
        Throwable first = e;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return first.getMessage() == null ? first.toString() : first.getMessage();
    }
}
