package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BadInputTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource({
        "dev.dllm4j.decoder.convert.BadConfigs#configs",
        "dev.dllm4j.decoder.convert.BadConfigs#files",
        "dev.dllm4j.decoder.convert.BadConfigs#tokens",
        "dev.dllm4j.decoder.convert.BadKeys#rotary",
        "dev.dllm4j.decoder.convert.BadKeys#layers",
        "dev.dllm4j.decoder.convert.BadKeys#unknown",
        "dev.dllm4j.decoder.convert.BadKeys#kinds",
        "dev.dllm4j.decoder.convert.BadKeys#named",
        "dev.dllm4j.decoder.convert.BadKeys#blocks",
        "dev.dllm4j.decoder.convert.BadTensors#headers",
        "dev.dllm4j.decoder.convert.BadTensors#tensors",
        "dev.dllm4j.decoder.convert.BadTensors#codes",
        "dev.dllm4j.decoder.convert.BadTensors#shards",
        "dev.dllm4j.decoder.convert.BadExperts#routers",
        "dev.dllm4j.decoder.convert.BadExperts#layers",
        "dev.dllm4j.decoder.convert.BadExperts#tensors",
        "dev.dllm4j.decoder.convert.BadOutputs#outputs"
    })
    void badInputIsNamedWithItsRemedyAndLeavesNothingBehind(BadInput input) throws IOException {
        Path checkpoint = TinyCheckpoints.write(folder.resolve("checkpoint"), input.shape());
        Path output = Files.createDirectories(folder.resolve("models")).resolve("model");
        input.damage().to(checkpoint, output);
        List<Path> before = tree(folder);

        ConvertOptions options = new ConvertOptions(input.type());
        ModelException failure = catchThrowableOfType(
                ModelException.class, () -> Converter.convert(checkpoint, output, options, ConvertProgress.SILENT));

        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).contains(input.says()).contains("; ").doesNotContain("\n", "REDACTED");
        assertThat(tree(folder)).isEqualTo(before);
    }

    private static List<Path> tree(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.sorted().toList();
        }
    }
}
