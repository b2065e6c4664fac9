package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Draws of CPython 3.11.7: {@code r = random.Random(seed); r.sample(range(n), k); r.sample(range(n), k)}. */
class PythonRandomTest {
    private static final long LONG_SEED = (1L << 40) + 7;

    static Stream<Arguments> samples() {
        return Stream.of(
                sample(0, 21, "12, 13, 1", "8, 16, 15"),
                sample(0, 22, "12, 13, 1, 8, 16", "15, 12, 9, 11, 18"),
                sample(0, 7473, "6917, 3155, 6209, 7292, 3445", "331, 2121, 4188, 3980, 3317"),
                sample(0, 100, "49, 97, 53, 5, 33, 65, 62, 51, 38, 61", "45, 74, 27, 64, 17, 36, 96, 12, 79, 32"),
                sample(1234, 21, "14, 3, 0", "2, 18, 1"),
                sample(1234, 22, "14, 3, 0, 2, 18", "1, 21, 2, 3, 11"),
                sample(1234, 7473, "6374, 3610, 957, 61, 742", "7462, 6610, 4769, 286, 5501"),
                sample(1234, 100, "99, 56, 14, 0, 11, 74, 4, 85, 88, 10", "12, 98, 45, 30, 2, 3, 44, 82, 79, 61"),
                sample(42, 7473, "5238, 912, 204, 6074, 2253", "2006, 1828, 1143, 6033, 839"),
                sample(LONG_SEED, 22, "19, 20, 18, 15, 8", "19, 4, 16, 12, 11"),
                sample(LONG_SEED, 7473, "5027, 6122, 6675, 5238, 4672", "5780, 3898, 2054, 5042, 1038"),
                sample(-3, 7473, "1949, 4854, 4458, 1068, 3030", "4947, 3883, 5125, 4758, 536"));
    }

    @ParameterizedTest
    @MethodSource
    void samples(long seed, int population, int[] first, int[] second) {
        PythonRandom random = new PythonRandom(seed);
        assertThat(random.sample(population, first.length)).containsExactly(first);
        assertThat(random.sample(population, second.length)).containsExactly(second);
    }

    /** Forty of a thousand, drawn by a set: {@code sum(i * x for i, x in enumerate(a))}, and the next sample's last. */
    @ParameterizedTest
    @CsvSource({
        "0, 415083, 626",
        "1234, 360829, 673",
        "42, 369260, 721",
        "1099511627783, 423825, 508",
        "-3, 408610, 688"
    })
    void manyDraws(long seed, int weighted, int last) {
        PythonRandom random = new PythonRandom(seed);
        int[] drawn = random.sample(1000, 40);
        assertThat(IntStream.range(0, 40).map(index -> index * drawn[index]).sum())
                .isEqualTo(weighted);
        assertThat(random.sample(1000, 40)[39]).isEqualTo(last);
    }

    static Stream<Arguments> shuffles() {
        return Stream.of(
                Arguments.of(0, ints("1, 9, 8, 5, 10, 2, 3, 7, 4, 0, 11, 6")),
                Arguments.of(1234, ints("2, 3, 8, 4, 11, 6, 5, 9, 10, 0, 1, 7")),
                Arguments.of(LONG_SEED, ints("0, 5, 2, 3, 6, 1, 8, 4, 7, 11, 10, 9")),
                Arguments.of(-3, ints("1, 7, 10, 0, 6, 11, 4, 5, 2, 8, 9, 3")));
    }

    @ParameterizedTest
    @MethodSource
    void shuffles(long seed, int[] shuffled) {
        assertThat(new PythonRandom(seed).shuffled(12)).containsExactly(shuffled);
    }

    private static Arguments sample(long seed, int population, String first, String second) {
        return Arguments.of(seed, population, ints(first), ints(second));
    }

    private static int[] ints(String list) {
        return Arrays.stream(list.split(", ", -1)).mapToInt(Integer::parseInt).toArray();
    }
}
