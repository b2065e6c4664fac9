package dev.dllm4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Sequences of several threads in a cache with room for two of three and a copy: whatever Lincheck makes of their
 * operations, nobody's rows are another's, and the bytes are right. Who is evicted is Caffeine's choice, so that results
 * are not compared with those of some sequential order.
 */
@Param(name = "sequence", gen = IntGen.class, conf = "0:2")
public class LayerCacheConcurrencyTest {
    private static final int LAYERS = 2;
    private static final int POSITIONS = 4;
    private static final int WIDTH = 32;
    private static final int SEQUENCE_BYTES = LAYERS * 2 * POSITIONS * WIDTH * Float.BYTES;
    private static final int FORWARDS = 200;
    private static final int FORWARDS_OF_A_SEQUENCE = 4;
    private static final String KEY = "beginning";

    private final LayerCache cache =
            new LayerCache(2 * SEQUENCE_BYTES + SEQUENCE_BYTES / 2, LayerCacheConcurrencyTest::poison);
    private final Sequence[] sequences = {new Sequence(1), new Sequence(2), new Sequence(3)};
    private volatile @Nullable String wrong;

    /** One sequence after another, whose rows hold nothing but their mark. */
    private final class Sequence {
        private final int mark;
        private volatile LayerCache.Sequence kept = open();

        Sequence(int mark) {
            this.mark = mark;
        }

        synchronized void forwards() {
            for (int i = 0; i < FORWARDS; i++) {
                if (i % FORWARDS_OF_A_SEQUENCE == 0) {
                    kept.close();
                    kept = open();
                }
                forward();
            }
        }

        private LayerCache.Sequence open() {
            return cache.open(LAYERS, POSITIONS, RowWidths.keysAndValues(WIDTH));
        }

        private void forward() {
            boolean found = kept.lease();
            try {
                SequenceRows rows = kept.rows();
                if (rows == null) {
                    require(!found, "rows were found and are not there");
                    return;
                }
                require(!found || holds(rows, mark), "rows are not as the last forward left them");
                fill(rows, mark);
                boolean borrowed = kept.borrow(KEY, POSITIONS / 2);
                fill(rows, mark);
                boolean shared = !borrowed && kept.share(KEY, POSITIONS / 2);
                long live = cache.liveBytes();
                require(live >= SEQUENCE_BYTES, "leased rows are not counted: " + live + " after " + shared);
                require(live <= cache.budgetBytes(), "the budget is exceeded: " + live);
                require(holds(rows, mark), "leased rows are another's, too");
            } finally {
                kept.release(0);
            }
        }
    }

    private void require(boolean right, String otherwise) {
        if (!right) {
            wrong = otherwise;
        }
    }

    private static void fill(SequenceRows rows, int mark) {
        for (int layer = 0; layer < LAYERS; layer++) {
            FloatBuffer keys = rows.layer(layer).keys();
            for (int i = 0; i < POSITIONS * WIDTH; i += WIDTH) {
                keys.put(i, mark);
            }
        }
    }

    private static boolean holds(SequenceRows rows, int mark) {
        for (int layer = 0; layer < LAYERS; layer++) {
            FloatBuffer keys = rows.layer(layer).keys();
            for (int i = 0; i < POSITIONS * WIDTH; i += WIDTH) {
                if (keys.get(i) != mark) {
                    return false;
                }
            }
        }
        return true;
    }

    private static void poison(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += WIDTH * Float.BYTES) {
            buffer.putFloat(i, Float.NaN);
        }
    }

    @Operation
    public void forwards(@Param(name = "sequence") int sequence) {
        sequences[sequence].forwards();
    }

    @Operation
    public void close(@Param(name = "sequence") int sequence) {
        for (int i = 0; i < FORWARDS; i++) {
            sequences[sequence].kept.close();
        }
    }

    @Operation
    public void giveUp() {
        for (int i = 0; i < FORWARDS; i++) {
            cache.evictAll();
            cache.unshare(KEY::equals);
        }
    }

    @Validate
    public void nothingIsWrongAndAllComesBack() {
        assertThat(wrong).isNull();
        for (Sequence sequence : sequences) {
            sequence.kept.close();
        }
        cache.evictAll();
        assertThat(cache.liveBytes()).isZero();
    }

    @Test
    void threadsShareACache() {
        new StressOptions()
                .iterations(8)
                .invocationsPerIteration(40)
                .threads(3)
                .actorsBefore(1)
                .actorsPerThread(3)
                .actorsAfter(0)
                .verifier(EpsilonVerifier.class)
                .minimizeFailedScenario(false)
                .check(LayerCacheConcurrencyTest.class);
    }
}
