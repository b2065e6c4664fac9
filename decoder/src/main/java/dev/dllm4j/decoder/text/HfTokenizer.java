package dev.dllm4j.decoder.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.RefusedFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/** The tokenizer of a folder in Hugging Face layout: {@code tokenizer.json}, run by the Hugging Face library itself. */
public final class HfTokenizer implements Tokenizer {
    /** Left unset, these make DJL cut every text at 512 tokens. */
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    static {
        // Left unset, DJL looks for an EC2 host to report to, and on a machine with a GPU downloads a CUDA build of
        // its library. Both keys concern this library alone; a value set by the user stands.
        setIfAbsent("OPT_OUT_TRACKING", "true");
        setIfAbsent("RUST_FLAVOR", "cpu");
    }

    /** The largest in use have a quarter of it. */
    private static final int MOST_BYTES = 128 << 20;

    private final HuggingFaceTokenizer tokenizer;
    private final Vocabulary vocabulary;
    /** Calls share it, closing takes it alone: the native side frees its memory without looking for calls under way. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private HfTokenizer(HuggingFaceTokenizer tokenizer, Vocabulary vocabulary) {
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
    }

    /** Reads {@code tokenizer.json} of a folder; truncation and padding that it asks for are off. */
    public static HfTokenizer read(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!ReadableFile.exists(file)) {
            throw new IllegalArgumentException("tokenizer.json is missing in " + folder
                    + "; a model folder must hold its tokenizer; copy the file there from where the model came");
        }
        try {
            byte[] json = ReadableFile.bytes(file, MOST_BYTES);
            Vocabulary vocabulary = Vocabulary.parse(json);
            return new HfTokenizer(
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS), vocabulary);
        } catch (RefusedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (JsonProcessingException e) {
            throw unreadable(file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        } catch (EngineException e) {
            throw e; // the native library is at fault, not the file
        } catch (RuntimeException e) {
            throw unreadable(file, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public int[] encode(String text) {
        return call(library -> toInts(library.encode(text, false, false).getIds()));
    }

    @Override
    public String decode(int[] ids) {
        return call(library -> library.decode(toLongs(ids), true));
    }

    @Override
    public OptionalInt id(String token) {
        Integer id = vocabulary.ids().get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public boolean special(int id) {
        return id >= 0 && vocabulary.special().get(id);
    }

    @Override
    public void close() {
        Lock closing = lock.writeLock();
        closing.lock();
        try {
            tokenizer.close();
        } finally {
            closing.unlock();
        }
    }

    private <T> T call(Function<HuggingFaceTokenizer, T> operation) {
        Lock calling = lock.readLock();
        calling.lock();
        try {
            return operation.apply(tokenizer);
        } finally {
            calling.unlock();
        }
    }

    private static IllegalArgumentException unreadable(Path file, String reason, Exception cause) {
        return new IllegalArgumentException(
                file + " is not a tokenizer: " + reason
                        + "; it must be a whole tokenizer.json as the Hugging Face library writes it; copy it again",
                cause);
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static int[] toInts(long[] ids) {
        int[] ints = new int[ids.length];
        for (int index = 0; index < ids.length; index++) {
            ints[index] = Math.toIntExact(ids[index]);
        }
        return ints;
    }

    private static long[] toLongs(int[] ids) {
        long[] longs = new long[ids.length];
        for (int index = 0; index < ids.length; index++) {
            longs[index] = ids[index];
        }
        return longs;
    }
}
