package dev.dllm4j.server.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.FinishReason;
import dev.dllm4j.decoder.canvas.Blocks;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import dev.dllm4j.server.text.ChoiceText.Result;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Texts of scripted sequences: in pieces, in one piece, and as whoever reads the full canvas would have them. */
class ChoiceTextTest {
    private static final int POSITIONS = 48;

    /** Letters, characters of several bytes whole and in parts, and a byte that belongs to none; the last two are no text. */
    private static final List<String> BYTES =
            List.of("61", "62", "6162", "23", "c3a9", "e2", "82", "ac", "e282", "ff", "f09f9880", "20", "62610a", "41");

    /** Counts the ids it was asked to decode. */
    private static final class ByteTokens extends TokenNames {
        private long decoded;

        @Override
        public String decode(int[] ids) {
            decoded += ids.length;
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            IntStream.of(ids)
                    .filter(id -> !special(id))
                    .forEach(id -> bytes.writeBytes(HexFormat.of().parseHex(BYTES.get(id))));
            return bytes.toString(StandardCharsets.UTF_8);
        }

        @Override
        public boolean special(int id) {
            return id >= BYTES.size();
        }
    }

    private final ByteTokens tokenizer = new ByteTokens();

    private Decoder decoder(int... ids) {
        return new Decoder(
                new ScriptedPredictor(
                        (forward, position) -> Prediction.of(ids[position - 1], 0.5 + 0.4 * (position % 2))),
                tokenizer,
                Optional.empty(),
                "scripted");
    }

    /** Says first something else in the block that is open: tokens are edited until it closes. */
    private Decoder wavering(int... ids) {
        return new Decoder(
                new ScriptedPredictor((forward, position) ->
                        Prediction.of((ids[position - 1] + Math.max(0, 5 - forward % 8)) % 15, 0.9)),
                tokenizer,
                Optional.empty(),
                "scripted");
    }

    private static Decoding start(Decoder decoder, String strategy) {
        return decoder.start(
                new int[] {0},
                DecodingConfig.DEFAULT
                        .withFrame(new Blocks(16), POSITIONS, POSITIONS)
                        .withStrategy(UnmaskingStrategy.parse(strategy)));
    }

    @Test
    void aTextIsTheSameInPiecesAndInOneAndThatOfTheFullCanvas() {
        Cases.check(400, seed -> {
            Random random = new Random(seed);
            int[] ids =
                    random.ints(POSITIONS, 0, random.nextBoolean() ? 14 : 15).toArray();
            int most = 1 + random.nextInt(POSITIONS);
            List<String> stops = IntStream.range(0, random.nextInt(3))
                    .mapToObj(i -> stop(random, ids))
                    .toList();
            String strategy = List.of("topk(3)", "threshold(0.8)", "edit(0.5,post=3,reading=hf,then=topk(3))")
                    .get(random.nextInt(3));
            Supplier<Decoder> decoders = () -> strategy.startsWith("edit") ? wavering(ids) : decoder(ids);
            Decoder decoder = decoders.get();
            Decoding full = start(decoder, strategy);
            full.steps().forEach(report -> {});
            Result expected = byHand(decoder, full, most, stops);

            Decoding streamed = start(decoders.get(), strategy);
            ChoiceText stream = new ChoiceText(decoder, most, stops);
            StringBuilder pieces = new StringBuilder();
            do {
                streamed.step();
                pieces.append(stream.append(streamed));
            } while (!stream.complete(streamed) && !streamed.done());
            pieces.append(stream.finish(streamed));
            Decoding unary = start(decoders.get(), strategy);
            ChoiceText whole = new ChoiceText(decoder, most, stops);
            do {
                unary.step();
                if (!stops.isEmpty()) {
                    assertThat(whole.append(unary)).isNotNull();
                }
            } while (!whole.complete(unary) && !unary.done());

            assertThat(whole.result(unary)).isEqualTo(expected);
            assertThat(stream.result(streamed)).isEqualTo(expected);
            assertThat(pieces.toString()).isEqualTo(expected.text());
            assertThat(unary.work().forwards()).isEqualTo(streamed.work().forwards());
        });
    }

    /** Some of the text itself, so that it is met. */
    private String stop(Random random, int[] ids) {
        int from = random.nextInt(POSITIONS);
        String text =
                tokenizer.decode(Arrays.copyOfRange(ids, from, Math.min(POSITIONS, from + 1 + random.nextInt(4))));
        return text.isEmpty() ? "#b" : text;
    }

    /** As it is defined: the text up to the stop string, and the fewest ids whose text is as long. */
    private Result byHand(Decoder decoder, Decoding full, int most, List<String> stops) {
        int[] all = decoder.textTokens(full.settled());
        int[] ids = Arrays.copyOf(all, Math.min(all.length, most));
        String text = tokenizer.decode(ids);
        StopStrings cut = new StopStrings(stops);
        String before = cut.append(text) + cut.finish();
        if (!cut.found()) {
            return new Result(text, ids.length, ids.length == most ? FinishReason.LENGTH : full.finishReason());
        }
        int tokens = 0;
        while (tokens < ids.length
                && tokenizer.decode(Arrays.copyOf(ids, tokens)).length() < before.length()) {
            tokens++;
        }
        return new Result(before, tokens, FinishReason.STOP);
    }

    @Test
    void anIdIsDecodedAFewTimesHoweverLongTheText() {
        int[] ids = IntStream.range(0, POSITIONS)
                .map(position -> position == POSITIONS - 1 ? 3 : position % 3)
                .toArray();
        Decoder decoder = decoder(ids);
        Decoding decoding = start(decoder, "topk(1)");
        ChoiceText text = new ChoiceText(decoder, POSITIONS, List.of("#"));
        while (!decoding.done()) {
            decoding.step();
            assertThat(text.append(decoding)).isNotNull();
            assertThat(text.complete(decoding)).isEqualTo(decoding.done());
        }
        long inSteps = tokenizer.decoded;

        assertThat(text.result(decoding).tokens()).isEqualTo(POSITIONS - 1);

        assertThat(inSteps).isLessThan(6L * POSITIONS);
        assertThat(tokenizer.decoded - inSteps).isLessThan(6L * POSITIONS);
    }
}
