package dev.dllm4j.decoder.unmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.testing.FilterFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterSourceTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filter(path=%s)",
                "filter(%s)",
                "filter ( %s )",
                "filter(accept=0.9,path=%s)",
                "filter(path = %s , accept=0.9)",
                "credit(then=filter(path=%s))",
                "credit(alpha=0.1,then=filter(%s),beta=0.5)",
                "credit(0.1,0.2,0.3,filter(accept=0.5,path=%s))"
            })
    void aStrangersSpecReachesNoFileHoweverItIsWritten(String spec) {
        Path there = FilterFiles.write(folder, 4);
        List<String> messages = new ArrayList<>();
        for (Path file : List.of(there, folder.resolve("missing"), folder)) {
            assertThatThrownBy(() -> UnmaskingStrategy.parse(spec.formatted(file), FilterSource.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .startsWith("a filter's file cannot be named here")
                    .satisfies(messages::add);
        }
        assertThat(messages).hasSize(3).containsOnly(messages.get(0));
        assertThat(UnmaskingStrategy.parse(spec.formatted(there))).isNotNull();
    }

    @Test
    void theModelsOwnFilterNeedsNoName() {
        for (String spec : List.of("filter", "filter()", "filter(accept=0.5)", "credit(then=filter)")) {
            assertThat(UnmaskingStrategy.parse(spec, FilterSource.NONE)).isEqualTo(UnmaskingStrategy.parse(spec));
        }
    }

    @Test
    void theSourceIsAskedByTheNameAsItIsWritten() {
        List<String> asked = new ArrayList<>();
        LearnedFilter filter = LearnedFilter.read(FilterFiles.write(folder, 4));

        UnmaskingStrategy strategy = UnmaskingStrategy.parse("credit(then=filter(path=a b (1)))", name -> {
            asked.add(name);
            return filter;
        });

        assertThat(asked).containsExactly("a b (1)");
        assertThat(((TraceCredits) strategy).then()).isEqualTo(filter);
    }

    @Test
    void aFilterIsAFileOfModestLength() throws IOException {
        assertThatThrownBy(() -> LearnedFilter.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(folder + " is no regular file; a filter is a safetensors file, so name one");
        Path large = folder.resolve("large");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength((64L << 20) + 1);
        }
        assertThatThrownBy(() -> LearnedFilter.read(large))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(large + " has 67108865 bytes; a filter has at most 67108864");
        Files.delete(large);
    }
}
