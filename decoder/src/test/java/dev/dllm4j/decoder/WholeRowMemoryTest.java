package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.canvas.WholeCanvas;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.sample.Sampling;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeRowMemoryTest {
    private static final int VOCABULARY = 126_464;
    private static final int POSITIONS = 256;

    @TempDir
    private Path folder;

    /** Together the rows have 130 MB. */
    @Test
    void samplingALargeVocabularyAtManyPositionsTakesTheMemoryOfOneRun() {
        Shape shape = new Shape(Family.LLADA, 1, 8, 2, 2, 8, VOCABULARY, 512, false, DataType.F32, 5);
        DecodingConfig config = DecodingConfig.DEFAULT
                .withFrame(new WholeCanvas(), POSITIONS, POSITIONS)
                .withSampling(new Sampling(1, 0, 1, 1));
        try (Decoder decoder = TinyModels.decoder(folder, TinyCheckpoints.write(folder.resolve("large"), shape));
                Decoding decoding = decoder.start(new int[] {1, 2}, config)) {
            long before = directBytes();
            decoding.step();

            assertThat(directBytes() - before).isLessThan(64 << 20);
        }
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
