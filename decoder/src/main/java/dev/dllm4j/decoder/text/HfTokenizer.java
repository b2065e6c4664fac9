package dev.dllm4j.decoder.text;

import static java.util.Objects.requireNonNull;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.dllm4j.decoder.file.CacheLocation;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.RefusedFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.IntStream;

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
        CacheLocation.offerDjl();
    }

    /** Of {@code tokenizer.json}; the largest in use have a quarter of it. */
    public static final int MOST_BYTES = 128 << 20;

    private final HuggingFaceTokenizer tokenizer;
    /** Written under the lock. */
    private boolean closed;

    private final Vocabulary vocabulary;
    private final TextParts parts;
    private final TokenFloor floor;
    /** Calls share it, closing takes it alone: the native side frees its memory without looking for calls under way. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private HfTokenizer(HuggingFaceTokenizer tokenizer, TokenizerFile file, TextLimits limits) {
        this.tokenizer = tokenizer;
        this.vocabulary = file.vocabulary();
        this.parts = TextParts.of(file, limits);
        this.floor = TokenFloor.of(file);
    }

    /** With {@link TextLimits#DEFAULT}. */
    public static HfTokenizer read(Path folder) {
        return read(folder, TextLimits.DEFAULT);
    }

    /**
     * Reads {@code tokenizer.json} of a folder; truncation and padding that it asks for are off.
     *
     * @param limits how much text the library is given at once
     */
    public static HfTokenizer read(Path folder, TextLimits limits) {
        return parse(
                folder,
                (file, json) -> new HfTokenizer(
                        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS), file, limits));
    }

    /**
     * The regular expressions of a folder's {@code tokenizer.json} of which nobody knows what they cost on which text.
     * The library ends the process when one takes too many steps.
     */
    public static List<String> unknownExpressions(Path folder) {
        return parse(
                folder,
                (file, json) -> file.expressions().stream()
                        .filter(expression -> !SplitExpressions.known(expression))
                        .toList());
    }

    private interface Reading<T> {
        T read(TokenizerFile file, byte[] json) throws IOException;
    }

    private static <T> T parse(Path folder, Reading<T> reading) {
        Path file = folder.resolve("tokenizer.json");
        if (!ReadableFile.exists(file)) {
            throw new IllegalArgumentException("tokenizer.json is missing in " + folder
                    + "; a model folder must hold its tokenizer; copy the file there from where the model came");
        }
        try {
            byte[] json = ReadableFile.bytes(file, MOST_BYTES);
            return reading.read(TokenizerFile.parse(json), json);
        } catch (RefusedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (JsonProcessingException e) {
            throw unreadable(file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        } catch (EngineException | LinkageError e) {
            throw NativeTokenizer.failure(e); // the native library is at fault, not the file
        } catch (RuntimeException e) {
            throw unreadable(file, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * {@inheritDoc} The library is given a long text in parts.
     *
     * @throws IllegalArgumentException if the text can neither be given as a whole nor in parts
     */
    @Override
    public int[] encode(String text) {
        List<String> given = parts.of(requireNonNull(text, "text is null; give one, which may be empty"));
        if (given.size() == 1) {
            return call(library -> ids(library, text));
        }
        IntStream.Builder ids = IntStream.builder();
        for (String part : given) {
            IntStream.of(call(library -> ids(library, part))).forEach(ids::add);
        }
        return ids.build().toArray();
    }

    @Override
    public int fewestTokens(String text) {
        return floor.of(text);
    }

    @Override
    public String decode(int[] ids) {
        requireNonNull(ids, "ids is null; give some, or none as an empty array");
        return call(library -> library.decode(toLongs(ids), true));
    }

    @Override
    public OptionalInt id(String token) {
        Integer id = vocabulary.ids().get(requireNonNull(token, "token is null; name one of the vocabulary"));
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
            closed = true;
            tokenizer.close();
        } finally {
            closing.unlock();
        }
    }

    private <T> T call(Function<HuggingFaceTokenizer, T> operation) {
        Lock calling = lock.readLock();
        calling.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer is closed; open the model's folder again");
            }
            return operation.apply(tokenizer);
        } finally {
            calling.unlock();
        }
    }

    private static IllegalArgumentException unreadable(Path file, String reason, Exception cause) {
        return new IllegalArgumentException(
                file + " is not a tokenizer: " + ChatTemplate.shown(reason)
                        + "; it must be a whole tokenizer.json as the Hugging Face library writes it; copy it again",
                cause);
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** The ids alone: tokens, offsets and masks would be objects by the dozen for each. */
    private static int[] ids(HuggingFaceTokenizer library, String text) {
        long encoding = TokenizersLibrary.LIB.encode(library.getHandle(), text, false);
        try {
            return toInts(TokenizersLibrary.LIB.getTokenIds(encoding));
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
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
