package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.canvas.Leftmost;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.stop.FullCanvas;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Prompts that begin alike, on random models of three layers that see blocks of four: whole blocks of one are taken for
 * the next one, and no answer differs by a bit. Freed buffers are filled with NaN.
 */
class BlockPrefixReuseTest {
    private static final int PREFIX = 48;
    private static final int PROMPT = PREFIX + 9;

    @TempDir
    static Path folder;

    private static OnnxModel start;
    private static OnnxModel answer;
    private static OnnxModel shifted;

    private final LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET, BlockPrefixReuseTest::poison);

    @BeforeAll
    static void open() {
        start = open("start", Family.LLADA, Origin.START);
        answer = open("answer", Family.LLADA, Origin.ANSWER);
        shifted = open("shifted", Family.DREAM, Origin.START);
    }

    private static OnnxModel open(String name, Family family, Origin origin) {
        return TinyModels.open(folder.resolve(name), family, new Sight.BlockCausal(4, origin));
    }

    @AfterAll
    static void close() {
        start.close();
        answer.close();
        shifted.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "blocks",
                "blocks(clean=apart)",
                "blocks(clean=lmdeploy)",
                "blocks(inside=kept)",
                "blocks(first=alone)"
            })
    void theNextPromptsStartFromTheFirstsBlocksAndAnswerTheSameToTheBit(String policy) {
        for (OnnxModel model : policy.contains("alone") ? List.of(shifted) : List.of(start, answer, shifted)) {
            Decoder decoder = decoder(model);
            // Counted from a prompt's end of 57 tokens, the first block is of one, and beginnings end at 17, 33 and 49.
            int common = model == answer ? 33 : PREFIX;
            for (int question = 0; question < 4; question++) {
                Decoding with = decoder.start(prompt(question), config(policy));
                List<List<Commit>> answered = commits(with);

                assertThat(with.work().prefixRows()).as(policy).isEqualTo(question == 0 ? 0 : common);
                assertThat(with.work().prefixRefusals()).isZero();
                assertThat(answered).isEqualTo(commits(decoder.start(prompt(question), withoutReuse(policy))));
            }
        }
    }

    /** A conversation's next prompt begins with the one before, whose rows were left up to its last sixteenth token. */
    @Test
    void eachTurnOfAConversationStartsFromTheLast() {
        Decoder decoder = decoder(start);
        int[] turn = prompt(0);
        int[] borrowed = {0, 48, 96, 128};
        for (int rows : borrowed) {
            Decoding decoding = decoder.start(turn, config("blocks"));
            decoding.steps().forEach(report -> {});
            assertThat(decoding.work().prefixRows()).isEqualTo(rows);
            int before = turn.length;
            turn = Arrays.copyOf(turn, before + 40);
            Arrays.fill(turn, before, turn.length, 7);
        }
    }

    /** Blocks that are counted from the prompt's end lie otherwise in a prompt that is longer by one. */
    @Test
    void promptsWhoseBlocksLieOtherwiseShareNothing() {
        Decoder decoder = decoder(answer);
        int[] expected = {0, 0, 0, 0, 33, 34};
        for (int longer = 0; longer < expected.length; longer++) {
            int[] prompt = Arrays.copyOf(prompt(longer), PROMPT + longer);
            Decoding decoding = decoder.start(prompt, config("blocks"));
            List<List<Commit>> answered = commits(decoding);
            assertThat(decoding.work().prefixRows()).as("longer by " + longer).isEqualTo(expected[longer]);
            assertThat(answered).isEqualTo(commits(decoder.start(prompt, withoutReuse("blocks"))));
        }
    }

    @Test
    void noTenantStartsFromAnothersRows() {
        Decoder decoder = decoder(start);
        assertThat(prefixRows(decoder.start(prompt(0), Draft.masks(24), config("blocks"), "one")))
                .isZero();
        assertThat(prefixRows(decoder.start(prompt(0), Draft.masks(24), config("blocks"), "other")))
                .isZero();
        assertThat(prefixRows(decoder.start(prompt(1), Draft.masks(24), config("blocks"), "one")))
                .isEqualTo(PREFIX);
        assertThat(prefixRows(decoder.start(prompt(1), config("blocks(prefix-reuse=off)"))))
                .isZero();
    }

    @Test
    void aPromptOfWholeBlocksMayBeBorrowedWhole() {
        Decoder decoder = decoder(start);
        int[] prompt = Arrays.copyOf(prompt(0), PREFIX);
        Decoding first = decoder.start(prompt, config("blocks(clean=apart)"));
        List<List<Commit>> answered = commits(first);
        Decoding second = decoder.start(prompt, config("blocks(clean=apart)"));

        // Without the forward of the prompt alone, which commits nothing.
        assertThat(commits(second)).isEqualTo(answered.subList(1, answered.size()));
        assertThat(second.work().prefixRows()).isEqualTo(PREFIX);
        assertThat(second.work().forwards()).isEqualTo(first.work().forwards() - 1);
    }

    /** Under shifted logits the prompt's last row predicts the first token, and is computed. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatIsEvictedIsComputedAndLeftAgain(Family family) {
        Decoder decoder = decoder(family == Family.LLADA ? start : shifted);
        int[] prompt = Arrays.copyOf(prompt(0), PREFIX);
        int most = family == Family.LLADA ? PREFIX : PREFIX - 16;
        int[] expected = {0, most, 0, most};
        for (int request = 0; request < expected.length; request++) {
            if (request == 2) {
                cache.evictAll();
            }
            assertThat(prefixRows(decoder.start(prompt, config("blocks")))).isEqualTo(expected[request]);
        }
        cache.evictAll();
        assertThat(cache.liveBytes()).isZero();
    }

    private static int prefixRows(Decoding decoding) {
        decoding.steps().forEach(report -> {});
        return decoding.work().prefixRows();
    }

    private static List<List<Commit>> commits(Decoding decoding) {
        return decoding.steps().map(StepReport::commits).toList();
    }

    private static DecodingConfig withoutReuse(String policy) {
        return config(policy.equals("blocks") ? "blocks(prefix-reuse=off)" : policy.replace(")", ",prefix-reuse=off)"));
    }

    private static DecodingConfig config(String policy) {
        return DecodingConfig.DEFAULT
                .withStop(new FullCanvas())
                .withFrame(new Leftmost(6), 24, 24)
                .withStrategy(UnmaskingStrategy.parse("topk(2)"))
                .withCache(CacheSpec.parse(policy));
    }

    /** The prefix that all have, and a question of its own. */
    private static int[] prompt(int question) {
        Random random = new Random(question);
        return IntStream.range(0, PROMPT)
                .map(position -> position < PREFIX ? 3 + position * 7 % 80 : 3 + random.nextInt(80))
                .toArray();
    }

    private Decoder decoder(OnnxModel model) {
        return new Decoder(
                model, new TokenNames(), Optional.empty(), model.folder().path().toString(), cache);
    }

    private static void poison(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += Float.BYTES) {
            buffer.putFloat(i, Float.NaN);
        }
    }
}
