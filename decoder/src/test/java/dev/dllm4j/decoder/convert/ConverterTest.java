package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.HfConfig;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyFamilies;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConverterTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void everyTensorArrivesAtItsPlace(Family family) throws IOException {
        Path checkpoint = checkpoint(family == Family.LLADA ? Shape.llada() : Shape.dream());
        byte[] weights = Files.readAllBytes(convert(checkpoint, DataType.F32).file(Converter.WEIGHTS));
        byte[] source = Files.readAllBytes(checkpoint.resolve(Checkpoint.SINGLE));
        WeightPlan plan = plan(checkpoint, DataType.F32);
        assertThat(plan.sources())
                .hasSize(SafeTensors.read(checkpoint.resolve(Checkpoint.SINGLE)).size());
        plan.sources().forEach((key, tensor) -> {
            Weight weight = plan.weight(key);
            assertThat(weight.offset() % Weight.ALIGNMENT).isZero();
            assertThat(slice(weights, weight.offset(), weight.bytes()))
                    .as("%s", key)
                    .isEqualTo(slice(source, tensor.position(), tensor.bytes()));
        });
    }

    @ParameterizedTest
    @CsvSource({"F32, F16", "F32, BF16", "F16, F32", "F16, BF16", "BF16, F32", "BF16, F16", "F16, F16", "BF16, BF16"})
    void weightsChangeTheirTypeButVectorsAreFloat32(DataType from, DataType to) throws IOException {
        Path checkpoint = checkpoint(Shape.dream().type(from));
        ModelFolder model = convert(checkpoint, to);
        WeightPlan plan = plan(checkpoint, to);
        Weight query = plan.weight(new WeightKey(1, Role.QUERY));
        assertThat(query.type()).isEqualTo(MatrixType.valueOf(to.name()));
        assertThat(plan.weight(new WeightKey(1, Role.QUERY_BIAS)).type()).isEqualTo(MatrixType.F32);
        assertThat(plan.weight(WeightKey.outside(Role.FINAL_NORM)).type()).isEqualTo(MatrixType.F32);
        assertThat(model.weights().type()).isEqualTo(WeightType.valueOf(to.name()));

        ByteBuffer written = ByteBuffer.wrap(Files.readAllBytes(model.file(Converter.WEIGHTS)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .position((int) query.offset());
        SourceTensor tensor = source(plan, new WeightKey(1, Role.QUERY));
        ByteBuffer read = ByteBuffer.wrap(Files.readAllBytes(checkpoint.resolve(Checkpoint.SINGLE)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .position((int) tensor.position());
        for (int i = 0; i < 16 * 16; i++) {
            float expected = next(read, from);
            assertThat(next(written, to)).as("element %d", i).isEqualTo(rounded(expected, to));
        }
    }

    @Test
    void shardsGiveTheSameFilesAsOneFile() throws IOException {
        Path single = checkpoint(Shape.llada());
        Path sharded = TinyCheckpoints.write(folder.resolve("sharded"), Shape.llada());
        Edit.shard(sharded, index -> {});
        ModelFolder one = convert(single, DataType.F32);
        ModelFolder other = Converter.convert(
                sharded, folder.resolve("from-shards"), ConvertOptions.defaults(), ConvertProgress.SILENT);
        assertThat(other.files()).isEqualTo(one.files());
        assertThat(other.hash()).isEqualTo(one.hash());
    }

    @Test
    void aTensorOfSeveralWeightsIsSplitByItsRows() throws IOException {
        Path checkpoint = TinyFamilies.modernBert(folder.resolve("checkpoint"));
        SourceTensor whole = SafeTensors.read(checkpoint.resolve(Checkpoint.SINGLE)).stream()
                .filter(tensor -> tensor.name().equals("model.layers.1.attn.Wqkv.weight"))
                .findFirst()
                .orElseThrow();
        assertThat(whole.shape()).containsExactly(108L, 36L);
        byte[] source = Files.readAllBytes(checkpoint.resolve(Checkpoint.SINGLE));
        byte[] weights = Files.readAllBytes(convert(checkpoint, DataType.F32).file(Converter.WEIGHTS));
        WeightPlan plan = plan(checkpoint, DataType.F32);
        long part = whole.bytes() / 3;
        long begin = whole.position();
        for (Role role : List.of(Role.QUERY, Role.KEY, Role.VALUE)) {
            Weight weight = plan.weight(new WeightKey(1, role));
            assertThat(weight.shape()).containsExactly(36L, 36L);
            assertThat(slice(weights, weight.offset(), weight.bytes()))
                    .as("%s", role)
                    .isEqualTo(slice(source, begin, part));
            begin += part;
        }
        Edit.shard(checkpoint, index -> {});
        ModelFolder other = Converter.convert(
                checkpoint, folder.resolve("from-shards"), ConvertOptions.defaults(), ConvertProgress.SILENT);
        assertThat(other.file(Converter.WEIGHTS)).hasBinaryContent(weights);
    }

    @Test
    void aTensorOfSeveralWeightsThatLacksRowsIsRefused() throws IOException {
        Path checkpoint = TinyFamilies.modernBert(folder.resolve("checkpoint"));
        JsonEdit.change(checkpoint.resolve("config.json"), config -> config.put("intermediate_size", 51));
        assertThatThrownBy(() -> convert(checkpoint, DataType.F32))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        "tensor model.layers.0.mlp.Wi.weight has shape [100, 36]", "config.json asks for [102, 36]");
        assertThat(folder.resolve("converted")).doesNotExist();
    }

    @Test
    void aFilterBesideTheCheckpointIsTakenAlongAndLeavesTheModelWhatItIs() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        String without = convert(checkpoint, DataType.F32).hash();
        Files.writeString(checkpoint.resolve(ModelFolder.FILTER), "a filter");
        ModelFolder model = Converter.convert(
                checkpoint, folder.resolve("with-filter"), ConvertOptions.defaults(), ConvertProgress.SILENT);
        assertThat(model.file(ModelFolder.FILTER)).hasContent("a filter");
        assertThat(model.hash()).isEqualTo(without);
    }

    @Test
    void aTiedHeadIsStoredOnce() throws IOException {
        Path checkpoint = checkpoint(Shape.llada().tied(true));
        WeightPlan plan = plan(checkpoint, DataType.F32);
        assertThat(plan.weight(WeightKey.outside(Role.HEAD))).isEqualTo(plan.weight(WeightKey.outside(Role.EMBEDDING)));
        ModelFolder untied = Converter.convert(
                TinyCheckpoints.write(folder.resolve("untied"), Shape.llada()),
                folder.resolve("untied-model"),
                ConvertOptions.defaults(),
                ConvertProgress.SILENT);
        assertThat(Files.size(convert(checkpoint, DataType.F32).file(Converter.WEIGHTS)))
                .isLessThan(Files.size(untied.file(Converter.WEIGHTS)));
    }

    @Test
    void aCopyOfTheEmbeddingAsTiedHeadIsDropped() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        copyEmbeddingToHead(checkpoint);
        JsonEdit.change(checkpoint.resolve("config.json"), config -> config.put("weight_tying", true));
        assertThat(plan(checkpoint, DataType.F32).sources()).doesNotContainKey(WeightKey.outside(Role.HEAD));
        assertThat(convert(checkpoint, DataType.F32).path()).isNotEmptyDirectory();
    }

    @Test
    void tokenizerFilesComeAlongAndEveryFileIsListed() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        Files.writeString(checkpoint.resolve("chat_template.jinja"), "{{ messages }}");
        Files.writeString(checkpoint.resolve("README.md"), "not part of a model");
        ModelFolder model = convert(checkpoint, DataType.F32);
        assertThat(model.file("tokenizer.json")).hasSameBinaryContentAs(checkpoint.resolve("tokenizer.json"));
        assertThat(model.file("chat_template.jinja")).hasContent("{{ messages }}");
        assertThat(model.file("README.md")).doesNotExist();
        List<String> listed = new ArrayList<>(model.files().keySet());
        listed.add(Manifest.NAME);
        assertThat(model.path().toFile().list()).containsExactlyInAnyOrderElementsOf(listed);
        model.verify();
    }

    @Test
    void anEmptyFolderIsFilledAndNothingIsLeftBesideIt() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        Path output = Files.createDirectories(folder.resolve("models/llada"));
        Converter.convert(checkpoint, output, ConvertOptions.defaults(), ConvertProgress.SILENT);
        assertThat(output.resolveSibling(".").toFile().list()).containsExactly("llada");
        assertThat(output).isDirectoryContaining(file -> file.endsWith(Manifest.NAME));
    }

    @Test
    void theSameCheckpointConvertsToTheSameBytes() throws IOException {
        Path checkpoint = checkpoint(Shape.dream());
        ModelFolder first = convert(checkpoint, DataType.BF16);
        ModelFolder second = Converter.convert(
                checkpoint, folder.resolve("again"), new ConvertOptions(WeightType.BF16), ConvertProgress.SILENT);
        assertThat(second.file(Manifest.NAME)).hasSameBinaryContentAs(first.file(Manifest.NAME));
    }

    @Test
    void progressGrowsToItsTotals() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        WeightPlan plan = plan(checkpoint, DataType.F16);
        List<List<Long>> heard = new ArrayList<>();
        Converter.convert(
                checkpoint,
                folder.resolve("model"),
                new ConvertOptions(WeightType.F16),
                (bytes, totalBytes, tensors, totalTensors) ->
                        heard.add(List.of(bytes, totalBytes, (long) tensors, (long) totalTensors)));
        long bytes = plan.tensorBytes();
        long tensors = plan.sources().size();
        assertThat(heard).isSortedAccordingTo((left, right) -> Long.compare(left.get(0), right.get(0)));
        assertThat(heard).allSatisfy(told -> assertThat(told).endsWith(tensors).contains(bytes));
        assertThat(heard.get(heard.size() - 1)).containsExactly(bytes, bytes, tensors, tensors);
    }

    private Path checkpoint(Shape shape) {
        return TinyCheckpoints.write(folder.resolve("checkpoint"), shape);
    }

    private ModelFolder convert(Path checkpoint, DataType type) {
        return Converter.convert(
                checkpoint,
                folder.resolve("converted"),
                new ConvertOptions(WeightType.valueOf(type.name())),
                ConvertProgress.SILENT);
    }

    private static WeightPlan plan(Path checkpoint, DataType type) {
        HfConfig config = HfConfig.read(checkpoint);
        Map<WeightKey, SourceTensor> tensors =
                Checkpoint.open(checkpoint).select(Families.names(config.spec()), config.tied());
        return WeightPlan.of(tensors, WeightTypes.of(WeightType.valueOf(type.name()), config.spec()), config.tied());
    }

    private static void copyEmbeddingToHead(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve(Checkpoint.SINGLE);
        byte[] bytes = Files.readAllBytes(file);
        WeightPlan plan = plan(checkpoint, DataType.F32);
        SourceTensor embedding = source(plan, WeightKey.outside(Role.EMBEDDING));
        SourceTensor head = source(plan, WeightKey.outside(Role.HEAD));
        System.arraycopy(bytes, (int) embedding.position(), bytes, (int) head.position(), (int) head.bytes());
        Files.write(file, bytes);
    }

    private static SourceTensor source(WeightPlan plan, WeightKey key) {
        return Objects.requireNonNull(plan.sources().get(key));
    }

    private static byte[] slice(byte[] bytes, long from, long length) {
        return Arrays.copyOfRange(bytes, (int) from, (int) (from + length));
    }

    private static float next(ByteBuffer buffer, DataType type) {
        return switch (type) {
            case F32 -> buffer.getFloat();
            case F16 -> FloatBits.fromHalf(buffer.getShort());
            case BF16 -> FloatBits.fromBfloat(buffer.getShort());
        };
    }

    private static float rounded(float value, DataType type) {
        return switch (type) {
            case F32 -> value;
            case F16 -> FloatBits.fromHalf(FloatBits.toHalf(value));
            case BF16 -> FloatBits.fromBfloat(FloatBits.toBfloat(value));
        };
    }
}
