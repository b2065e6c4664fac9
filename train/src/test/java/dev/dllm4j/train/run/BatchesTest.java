package dev.dllm4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.decoder.testing.Cases;
import dev.dllm4j.train.model.RowLayout;
import dev.dllm4j.train.problem.Problems;
import dev.dllm4j.train.problem.Ranges;
import dev.dllm4j.train.words.TokenizerFiles;
import dev.dllm4j.train.words.WordVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchesTest {
    private static final int ROWS = 1024;
    private static final int CONTEXT = 1024;
    private static final Sight BLOCKS = new BlockCausal(8, Origin.START);

    @TempDir
    Path folder;

    private Encoder encoder;

    @BeforeEach
    void open() throws IOException {
        TokenizerFiles.write(WordVocabulary.of(new Problems().vocabulary()), folder);
        encoder = new Encoder(folder, WordVocabulary.END, CONTEXT);
    }

    @AfterEach
    void close() {
        encoder.close();
    }

    @Test
    void aStepHasTheSameBatchWheneverItIsAsked() {
        Batches batches = batches(0.3, 0.3);
        assertThat(batches.at(9, 0.5).tokens())
                .isDeepEqualTo(batches(0.3, 0.3).at(9, 0.5).tokens());
        assertThat(batches.at(9, 0.5).chosen()).isNotEqualTo(batches.at(10, 0.5).chosen());
    }

    @Test
    void aStepHasTheSameBlocksWheneverItIsAsked() {
        Batches batches = batches(BLOCKS, 0, 0.3);
        for (int step = 0; step < 24; step++) {
            assertThat(batches(BLOCKS, 0, 0.3).at(step, 0.1).tokens())
                    .isDeepEqualTo(batches.at(step, 0.1).tokens());
        }
    }

    @Test
    void canvasesOfSeveralLengthsUpTo512FitTheBatch() {
        Set<Integer> lengths = new TreeSet<>();
        Batches batches = batches(0, 0);
        Cases.check(200, step -> {
            Batch batch = batches.at(step, 0.5);
            int positions = batch.tokens()[0].length;
            lengths.add(positions);
            assertThat(batch.layout()).isEqualTo(RowLayout.FULL);
            assertThat(positions).isLessThanOrEqualTo(Canvases.LONGEST + 128);
            assertThat(batch.samples() * positions).isLessThan(ROWS * 3 / 2);
        });
        assertThat(lengths).first().satisfies(shortest -> assertThat(shortest).isLessThan(110));
        assertThat(lengths).anyMatch(length -> length > Canvases.LONGEST);
    }

    @Test
    void theFirstShareOfARunIsOrdered() {
        assertThat(batches(0.3, 0).at(1, 0.29).layout().seen()).isNotNull();
        assertThat(batches(0.3, 0).at(1, 0.3).layout()).isEqualTo(RowLayout.FULL);
    }

    @Test
    void orderedBatchesAreOfLikeLengthAndBelongToTheirStepAlone() {
        Batches batches = batches(1, 0);
        List<Integer> lengths = new ArrayList<>();
        for (int step = 16; step < 24; step++) {
            Batch batch = batches.at(step, 0.1);
            lengths.add(batch.tokens()[0].length);
            assertThat(batches(1, 0).at(step, 0.1).tokens()).isDeepEqualTo(batch.tokens());
        }
        assertThat(lengths).isSorted();
        assertThat(lengths.get(7)).isGreaterThan(lengths.get(0) + 30);
    }

    @Test
    void drillsAreShort() {
        for (double orderedShare : new double[] {0, 1}) {
            Batch batch = batches(orderedShare, 1).at(1, 0);
            assertThat(batch.tokens()[0].length).isBetween(10, 24);
            assertThat(batch.tokens()[0]).startsWith(WordVocabulary.BEGIN).doesNotContain(WordVocabulary.UNKNOWN);
            assertThat(batch.samples()).isGreaterThan(40);
        }
    }

    @Test
    void batchesOfBlocksFitAndNowAndThenHaveALongCanvas() {
        Batches batches = batches(BLOCKS, 0.5, 0.2);
        Set<Integer> lengths = new TreeSet<>();
        Cases.check(200, step -> {
            Batch batch = batches.at(step, 0.1);
            int rows = batch.tokens()[0].length;
            lengths.add(rows);
            assertThat(batch.layout().seen()).isNotNull();
            assertThat(batch.chosen()).isNotEmpty();
            assertThat(rows).isLessThanOrEqualTo(2 * (Canvases.LONGEST + 128));
            assertThat(batch.samples() == 1 || batch.samples() * rows < ROWS * 2)
                    .isTrue();
        });
        assertThat(lengths).first().satisfies(shortest -> assertThat(shortest).isLessThan(40));
        assertThat(lengths).last().satisfies(longest -> assertThat(longest).isGreaterThan(Canvases.LONGEST));
    }

    private Batches batches(double orderedShare, double drillShare) {
        return batches(new Everything(), orderedShare, drillShare);
    }

    private Batches batches(Sight sight, double orderedShare, double drillShare) {
        Recipe recipe =
                new Recipe(3, ROWS, 0.01, 4, 0.1, 1, 0.9, orderedShare, 0.3, drillShare, 0.5, 0.1, Ranges.DEFAULT);
        return new Batches(recipe, sight, encoder.generated(), encoder.drills(), CONTEXT);
    }
}
