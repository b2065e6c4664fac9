package dev.dllm4j.decoder.canvas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.CanvasChange.TakeBack;
import dev.dllm4j.decoder.testing.Cases;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CanvasTest {
    private static final int MASK = 99;

    private final Canvas canvas = new Canvas(new int[] {7, MASK, 8}, 5, MASK);

    @Test
    void startsAsPromptAndMasks() {
        assertThat(canvas.tokens(0, canvas.length())).containsExactly(7, MASK, 8, MASK, MASK, MASK, MASK, MASK);
        assertThat(canvas.promptLength()).isEqualTo(3);
        assertThat(canvas.masks()).isEqualTo(5);
        assertThat(canvas.settledEnd()).isEqualTo(3);
    }

    @Test
    void aMaskTokenInThePromptIsText() {
        assertThat(canvas.masked(1)).isFalse();
        assertThat(canvas.nextMask(0)).isEqualTo(3);
    }

    @Test
    void aCommitFillsAMaskForGood() {
        canvas.apply(new Commit(4, 11, 1));

        assertThat(canvas.masked(4)).isFalse();
        assertThat(canvas.token(4)).isEqualTo(11);
        assertThatThrownBy(() -> canvas.apply(new Commit(4, 12, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("position 4 is committed already");
        assertThatThrownBy(() -> canvas.apply(new Commit(0, 12, 1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theMaskTokenIsNeverCommitted() {
        assertThatThrownBy(() -> canvas.apply(new Commit(4, MASK, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("mask token");
        assertThat(canvas.masked(4)).isTrue();
    }

    @Test
    void whatIsHeldMayBeReplacedAndSettlesWhenItIsReleased() {
        canvas.hold();
        canvas.apply(new Commit(3, 10, 1));
        assertThat(canvas.settledEnd()).isEqualTo(3);
        assertThat(canvas.replaceable(3)).isTrue();

        canvas.apply(new Replace(3, 10, 11, 1));
        assertThat(canvas.token(3)).isEqualTo(11);
        assertThat(canvas.masked(3)).isFalse();

        canvas.release();
        assertThat(canvas.settledEnd()).isEqualTo(4);
        assertThat(canvas.replaceable(3)).isFalse();
        canvas.hold();
        assertThat(canvas.replaceable(3)).isFalse();
    }

    @Test
    void neitherPromptNorMasksNorWhatIsSettledIsReplaced() {
        canvas.apply(new Commit(3, 10, 1));
        canvas.hold();
        canvas.apply(new Commit(5, 12, 1));

        for (int position : new int[] {0, 3, 4}) {
            int old = canvas.token(position);
            assertThatThrownBy(() -> canvas.apply(new Replace(position, old, 9, 1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("position " + position);
        }
        assertThatThrownBy(() -> canvas.apply(new Replace(5, 11, 9, 1)))
                .hasMessage("position 5 does not hold token 11 in a stretch that is held open; it cannot be replaced");
        assertThatThrownBy(() -> canvas.apply(new Replace(5, 12, MASK, 1))).hasMessageContaining("mask token");
    }

    @Test
    void theSettledPrefixEndsAtTheFirstMask() {
        canvas.apply(new Commit(4, 11, 1));
        assertThat(canvas.settledEnd()).isEqualTo(3);

        canvas.apply(new Commit(3, 10, 1));
        assertThat(canvas.settledEnd()).isEqualTo(5);
    }

    @Test
    void countsTheMasksOfARange() {
        canvas.apply(new Commit(4, 11, 1));

        assertThat(canvas.masks(0, 4)).isEqualTo(1);
        assertThat(canvas.masks(3, 6)).isEqualTo(2);
        assertThat(canvas.masks(4, 5)).isZero();
    }

    @Test
    void aTruncationDropsTheTailAndItsMasks() {
        canvas.apply(new Commit(3, 10, 1));
        canvas.truncate(5);

        assertThat(canvas.length()).isEqualTo(5);
        assertThat(canvas.masks()).isEqualTo(1);
        assertThat(canvas.nextMask(5)).isEqualTo(5);
        assertThat(canvas.masks(3, 8)).isEqualTo(1);
        assertThatThrownBy(() -> canvas.token(5)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aTruncationNeitherGrowsTheCanvasNorCutsThePrompt() {
        assertThatThrownBy(() -> canvas.truncate(9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("end is 9; it must be within [3, 8]");
        assertThatThrownBy(() -> canvas.truncate(2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesAnEmptyGenerationArea() {
        assertThatThrownBy(() -> new Canvas(new int[0], 0, MASK))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a slot has 0 masks; it must have at least 1");
    }

    @Test
    void aCommitMayBeTakenBackAndTextMayNot() {
        Canvas drafted = new Canvas(new int[] {7}, Draft.text(4).thenMasks(2), MASK);
        assertThat(drafted.settledEnd()).isEqualTo(2);
        drafted.apply(new Commit(2, 5, 1));
        assertThat(drafted.settledEnd()).isEqualTo(3);
        assertThat(drafted.revisable(2)).isTrue();
        drafted.apply(new TakeBack(2));

        assertThat(drafted.settledEnd()).isEqualTo(2);
        assertThat(drafted.token(2)).isEqualTo(MASK);
        assertThat(drafted.masks()).isEqualTo(2);
        for (int position : new int[] {0, 1, 2}) {
            assertThat(drafted.revisable(position)).isFalse();
            assertThatThrownBy(() -> drafted.apply(new TakeBack(position))).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> drafted.apply(new Commit(1, 5, 1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatWasThereFromTheStartIsGiven() {
        Canvas drafted = new Canvas(new int[] {7}, Draft.text(MASK).thenMasks(2).thenText(4), MASK);
        drafted.apply(new Commit(2, 5, 1));

        assertThat(IntStream.range(0, 5).filter(drafted::given)).containsExactly(0, 1, 4);
    }

    @Test
    void listsTheLeftmostMasksOfARange() {
        canvas.apply(new Commit(4, 11, 1));
        Positions positions = new Positions(8);

        canvas.addMasks(0, 7, 2, positions);

        assertThat(positions.stream()).containsExactly(3, 5);
    }

    @Test
    void staysConsistentInAnyOrderOfCommits() {
        Cases.check(100, seed -> {
            Random random = new Random(seed);
            Canvas filled = new Canvas(new int[random.nextInt(4)], 1 + random.nextInt(40), MASK);
            int settled = filled.settledEnd();
            while (filled.masks() > 0) {
                int position = filled.nextMask(random.nextInt(filled.length()));
                if (position < filled.length()) {
                    filled.apply(new Commit(position, 1, 1));
                }
                if (random.nextInt(20) == 0) {
                    filled.truncate(filled.settledEnd() + random.nextInt(filled.length() - filled.settledEnd() + 1));
                }
                settled = assertConsistent(filled, settled);
            }
            assertThat(filled.settledEnd()).isEqualTo(filled.length());
        });
    }

    /** Compares what the canvas says of itself with its tokens; returns where its settled prefix ends. */
    private static int assertConsistent(Canvas canvas, int settledBefore) {
        int masks = 0;
        int firstMask = canvas.length();
        for (int position = canvas.length() - 1; position >= canvas.promptLength(); position--) {
            assertThat(canvas.masked(position)).isEqualTo(canvas.token(position) == MASK);
            if (canvas.masked(position)) {
                masks++;
                firstMask = position;
            }
        }
        assertThat(canvas.masks()).isEqualTo(masks);
        assertThat(canvas.settledEnd()).isEqualTo(firstMask).isGreaterThanOrEqualTo(settledBefore);
        return firstMask;
    }
}
