package dev.dllm4j.server.text;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.text.TextStream;
import java.util.Arrays;
import java.util.List;

/**
 * The text of one choice while its sequence settles: what a stream sends, and what an answer holds in the end. It ends
 * at the model's end token, at a stop string, or after a number of tokens. A step costs what it settles, not what was
 * settled before. Mutable, confined to one thread.
 */
public final class ChoiceText {
    private final Decoder decoder;
    private final TextStream stream;
    private final StopStrings stops;
    private final boolean stoppable;
    /** Ids of the text so far. */
    private final int[] ids;

    private int size;
    /** Settled positions that were looked at. */
    private int seen;
    /** Whether the model's end token was among them. */
    private boolean ended;
    /** The text that was handed out, where a stop string may end it. */
    private final StringBuilder before = new StringBuilder();

    /**
     * What a choice came to.
     *
     * @param tokens ids that the text was made of
     * @param finishReason stop or length
     */
    public record Result(String text, int tokens, FinishReason finishReason) {}

    /**
     * @param maxTokens most ids of the text
     * @param stopStrings none of them empty
     */
    public ChoiceText(Decoder decoder, int maxTokens, List<String> stopStrings) {
        this.decoder = decoder;
        ids = new int[maxTokens];
        stream = new TextStream(decoder.tokenizer());
        stops = new StopStrings(stopStrings);
        stoppable = !stopStrings.isEmpty();
    }

    /** The text that became certain since the last call. It is never taken back. */
    public String append(Decoding decoding) {
        settle(decoding);
        return out(stops.append(stream.append(ids, 0, size)));
    }

    /**
     * Whether nothing that the sequence may still decode belongs to the text. A stop string counts once {@link #append}
     * has met it.
     */
    public boolean complete(Decoding decoding) {
        settle(decoding);
        return stops.found() || size == ids.length;
    }

    /** The rest of the text, once the sequence makes no more steps. */
    public String finish(Decoding decoding) {
        return append(decoding) + out(stops.append(stream.finish())) + out(stops.finish());
    }

    /** The whole text of a sequence that makes no more steps, whether or not it was asked for in pieces. */
    public Result result(Decoding decoding) {
        settle(decoding);
        if (stoppable && !stream.finished()) {
            finish(decoding);
        }
        if (stops.found()) {
            return new Result(before.toString(), tokensOf(before.length()), FinishReason.STOP);
        }
        String text = decoder.tokenizer().decode(Arrays.copyOf(ids, size));
        return new Result(text, size, size == ids.length ? FinishReason.LENGTH : reason(decoding));
    }

    private String out(String piece) {
        if (stoppable) {
            before.append(piece);
        }
        return piece;
    }

    private FinishReason reason(Decoding decoding) {
        if (decoding.draft().hasText()) {
            // A slot has a fixed number of masks; where fewer became text, the model had no more to say.
            return size < slot(decoding) ? FinishReason.STOP : FinishReason.LENGTH;
        }
        return decoding.finishReason();
    }

    /** Takes in what has settled since the last call. */
    private void settle(Decoding decoding) {
        boolean slot = decoding.draft().hasText();
        int[] settled = decoding.settled();
        // A slot stands before the fixed text, and an end token in it does not end that.
        int end = slot ? Math.min(settled.length, slot(decoding)) : settled.length;
        for (; seen < end && !ended && size < ids.length; seen++) {
            int token = settled[seen];
            ended = !slot && decoder.spec().endTokens().contains(token);
            if (!ended && !decoder.spec().outsideText(token)) {
                ids[size++] = token;
            }
        }
    }

    private static int slot(Decoding decoding) {
        return decoding.draft().stretchEnd(0);
    }

    /** The fewest ids whose text is as long. */
    private int tokensOf(int characters) {
        TextStream beginning = new TextStream(decoder.tokenizer());
        int tokens = 0;
        while (tokens < size && beginning.length() < characters) {
            beginning.append(ids, 0, ++tokens);
        }
        return tokens;
    }
}
