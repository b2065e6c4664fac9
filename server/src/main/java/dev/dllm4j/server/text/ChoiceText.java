package dev.dllm4j.server.text;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.text.TextStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The text of one choice while its sequence settles: what a stream sends, and what an answer holds in the end. It ends
 * at the model's end token, at a stop string, or after a number of tokens. Mutable, confined to one thread.
 */
public final class ChoiceText {
    private final Decoder decoder;
    private final int maxTokens;
    private final TextStream stream;
    private final StopStrings stops;
    private final List<String> stopStrings;

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
        this.maxTokens = maxTokens;
        this.stopStrings = List.copyOf(stopStrings);
        stream = new TextStream(decoder.tokenizer());
        stops = new StopStrings(stopStrings);
    }

    /** The text that became certain since the last call. It is never taken back. */
    public String append(Decoding decoding) {
        int[] ids = settled(decoding);
        return stops.append(stream.append(ids, 0, ids.length));
    }

    /** Whether nothing that the sequence may still decode belongs to the text. */
    public boolean complete(Decoding decoding) {
        return stops.found() || settled(decoding).length == maxTokens;
    }

    /** The rest of the text, once the sequence makes no more steps. */
    public String finish(Decoding decoding) {
        return append(decoding) + stops.append(stream.finish()) + stops.finish();
    }

    /** The whole text of a sequence that makes no more steps. */
    public Result result(Decoding decoding) {
        int[] ids = settled(decoding);
        String text = decoder.tokenizer().decode(ids);
        StopStrings found = new StopStrings(stopStrings);
        String before = found.append(text) + found.finish();
        if (found.found()) {
            return new Result(before, tokensOf(before.length(), ids), FinishReason.STOP);
        }
        return new Result(text, ids.length, ids.length == maxTokens ? FinishReason.LENGTH : reason(decoding, ids));
    }

    private FinishReason reason(Decoding decoding, int[] ids) {
        if (decoding.draft().hasText()) {
            // A slot has a fixed number of masks; where fewer became text, the model had no more to say.
            return ids.length < slot(decoding) ? FinishReason.STOP : FinishReason.LENGTH;
        }
        return decoding.finishReason();
    }

    private int[] settled(Decoding decoding) {
        int[] ids = decoding.draft().hasText() ? settledSlot(decoding) : decoder.textTokens(decoding.settled());
        return ids.length > maxTokens ? Arrays.copyOf(ids, maxTokens) : ids;
    }

    /** The slot stands before the fixed text, and an end token in it does not end that. */
    private int[] settledSlot(Decoding decoding) {
        return IntStream.of(decoding.settled())
                .limit(slot(decoding))
                .filter(token -> !decoder.spec().outsideText(token))
                .toArray();
    }

    private static int slot(Decoding decoding) {
        return decoding.draft().stretchEnd(0);
    }

    /** The fewest ids whose text is as long. */
    private int tokensOf(int characters, int[] ids) {
        int tokens = 0;
        while (tokens < ids.length
                && decoder.tokenizer().decode(Arrays.copyOf(ids, tokens)).length() < characters) {
            tokens++;
        }
        return tokens;
    }
}
