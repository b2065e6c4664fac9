package dev.dllm4j.decoder.onnx;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Work done on all cores. */
final class SideBySide {
    private SideBySide() {}

    /**
     * The results for 0 to {@code count - 1}, in their order. Returns or throws once nothing of it runs any more.
     *
     * @throws RuntimeException the first in the order of numbers that a call threw; the other calls are made nevertheless
     */
    static <T> List<T> map(int count, IntFunction<T> function) {
        List<Outcome<T>> outcomes = IntStream.range(0, count)
                .parallel()
                .mapToObj(number -> Outcome.of(function, number))
                .toList();
        return outcomes.stream().map(Outcome::get).toList();
    }

    private record Outcome<T>(@Nullable T value, @Nullable RuntimeException failure) {
        static <T> Outcome<T> of(IntFunction<T> function, int number) {
            try {
                return new Outcome<>(function.apply(number), null);
            } catch (RuntimeException e) {
                return new Outcome<>(null, e);
            }
        }

        T get() {
            if (failure != null) {
                throw failure;
            }
            return requireNonNull(value);
        }
    }
}
