package dev.dllm4j.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import dev.dllm4j.cache.LayerCache;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.schedule.Outcome;
import dev.dllm4j.decoder.schedule.StepScheduler;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyModels;
import dev.dllm4j.decoder.text.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a program that uses the library wrongly is told: a sentence that names the argument or the state. */
@SuppressWarnings({"NullAway", "NullOptional"}) // Programs without a null checker hand nulls over.
class LibraryUseTest {
    private static final DecodingConfig SHORT = DecodingConfig.DEFAULT.withFrame(DecodingConfig.INFILL.window(), 8, 8);
    private static final Draft MASKS = Draft.masks(8);

    @TempDir
    static Path folder;

    private static Path checkpoint;
    private static Path model;

    private Decoder decoder;

    /** A call that is refused for a null argument. */
    private record Nulls(String argument, Call call) {
        @Override
        public String toString() {
            return argument;
        }
    }

    private interface Call {
        void on(Decoder decoder) throws Exception;
    }

    @BeforeAll
    static void convert() {
        checkpoint = TinyCheckpoints.write(
                folder.resolve("checkpoint"),
                new TinyCheckpoints.Shape(Family.LLADA, 1, 16, 2, 2, 16, 97, 64, false, DataType.F32, 11));
        model = TinyModels.convert(folder, checkpoint);
    }

    @BeforeEach
    void open() {
        decoder = Decoder.open(model, RuntimeOptions.DEFAULT);
    }

    @AfterEach
    void close() {
        decoder.close();
    }

    static Stream<Nulls> nulls() {
        return Stream.of(
                new Nulls("model folder", decoder -> Decoder.open(null, RuntimeOptions.DEFAULT)),
                new Nulls("options", decoder -> Decoder.open(model, null)),
                new Nulls("cache", decoder -> Decoder.open(model, RuntimeOptions.DEFAULT, null)),
                new Nulls("model", decoder -> new Decoder(null, decoder.tokenizer(), Optional.empty(), "")),
                new Nulls("tokenizer", decoder -> new Decoder(decoder.model(), null, Optional.empty(), "")),
                new Nulls("template", decoder -> new Decoder(decoder.model(), decoder.tokenizer(), null, "")),
                new Nulls("messages", decoder -> decoder.prompt((List<Message>) null)),
                new Nulls("a message", decoder -> decoder.prompt(Arrays.asList((Message) null))),
                new Nulls("messages", decoder -> decoder.promptText(null)),
                new Nulls("question", decoder -> decoder.prompt((String) null)),
                new Nulls("text", decoder -> decoder.encode(null)),
                new Nulls("config", decoder -> decoder.effective(null)),
                new Nulls("config", decoder -> decoder.doubt(null)),
                new Nulls("config", decoder -> decoder.start(new int[] {5}, null)),
                new Nulls("prompt", decoder -> decoder.start(null, SHORT)),
                new Nulls("draft", decoder -> decoder.start(new int[] {5}, null, SHORT)),
                new Nulls("tenant", decoder -> decoder.start(new int[] {5}, MASKS, SHORT, null)),
                new Nulls("question", decoder -> decoder.generate(null, SHORT)),
                new Nulls("config", decoder -> decoder.generate("x", null)),
                new Nulls("text", decoder -> decoder.draft(null)),
                new Nulls("prompt", decoder -> decoder.fill(null, "x [MASK:2]", DecodingConfig.INFILL)),
                new Nulls("text", decoder -> decoder.fill(new int[0], null, DecodingConfig.INFILL)),
                new Nulls("config", decoder -> decoder.fill(new int[0], "x [MASK:2]", null)),
                new Nulls("decoding", decoder -> decoder.answer(null)),
                new Nulls("decoding", decoder -> decoder.settledText(null)),
                new Nulls("ids", decoder -> decoder.textTokens(null)),
                new Nulls("text", decoder -> decoder.tokenizer().encode(null)),
                new Nulls("ids", decoder -> decoder.tokenizer().decode(null)),
                new Nulls("token", decoder -> decoder.tokenizer().id(null)),
                new Nulls("role", decoder -> new Message(null, "x")),
                new Nulls("content", decoder -> new Message("user", null)),
                new Nulls("window", decoder -> SHORT.withWindow(null)),
                new Nulls("strategy", decoder -> SHORT.withStrategy(null)),
                new Nulls("cache", decoder -> SHORT.withCache(null)),
                new Nulls("stop", decoder -> SHORT.withStop(null)),
                new Nulls("sampling", decoder -> SHORT.withSampling(null)),
                new Nulls("model", decoder -> new StepScheduler(null)),
                new Nulls("decoding", decoder -> new StepScheduler(decoder.model()).join(null)),
                new Nulls("decoding", decoder -> new StepScheduler(decoder.model()).leave(null)),
                new Nulls("checkpoint", decoder -> convert(null, folder, ConvertOptions.defaults())),
                new Nulls("output", decoder -> convert(checkpoint, null, ConvertOptions.defaults())),
                new Nulls("options", decoder -> convert(checkpoint, folder.resolve("none"), null)),
                new Nulls(
                        "progress",
                        decoder ->
                                Converter.convert(checkpoint, folder.resolve("none"), ConvertOptions.defaults(), null)),
                new Nulls("weights", decoder -> new ConvertOptions(null)),
                new Nulls("path", decoder -> ModelFolder.read(null)),
                new Nulls("name", decoder -> ModelFolder.read(model).file(null)));
    }

    @ParameterizedTest
    @MethodSource("nulls")
    void aNullIsRefusedByItsName(Nulls nulls) {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> nulls.call().on(decoder))
                .withMessageMatching(nulls.argument() + " is null; .{8,}");
        assertThat(folder.resolve("none")).doesNotExist();
        assertThat(decoder.generate("x", SHORT).tokenIds())
                .as("it still answers")
                .hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 97, Integer.MAX_VALUE})
    void anIdThatIsNoTokenIsRefusedAsAPromptAndHasNoText(int id) {
        String rule =
                " has token " + id + "; the model has rows for tokens 0 to 96, so leave out the text that becomes it";
        assertThatThrownBy(() -> decoder.start(new int[] {5, id}, SHORT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the prompt" + rule);
        assertThatThrownBy(() -> decoder.fill(new int[] {id}, "x [MASK:2]", DecodingConfig.INFILL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the prompt" + rule);
        assertThat(decoder.tokenizer().decode(new int[] {id})).isEmpty();
        assertThat(decoder.tokenizer().special(id)).isFalse();
        assertThat(decoder.textTokens(new int[] {id})).containsExactly(id);
    }

    @Test
    void aClosedDecoderSaysSo() {
        Decoding under = decoder.start(new int[] {5}, SHORT);
        StepScheduler scheduler = new StepScheduler(decoder.model());
        scheduler.join(decoder.start(new int[] {5}, SHORT));
        decoder.close();

        String tokenizer = "the tokenizer is closed; open the model's folder again";
        String closed = "the model is closed; open its folder again";
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> decoder.generate("x", SHORT),
                () -> decoder.prompt("x"),
                () -> decoder.encode("x"),
                () -> decoder.draft("x [MASK:2]"),
                () -> decoder.tokenizer().decode(new int[] {5}))) {
            assertThatIllegalStateException().isThrownBy(call).withMessage(tokenizer);
        }
        assertThatIllegalStateException().isThrownBy(under::step).withMessage(closed);
        assertThat(under.done()).isTrue();
        assertThat(scheduler.step())
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.cause())
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessage(closed));
        assertDoesNotThrow(decoder::close);
    }

    @Test
    void aDecodingSaysWhatItCannotDoNow() {
        Decoding decoding = decoder.start(new int[] {5}, SHORT);
        assertThatIllegalStateException().isThrownBy(decoding::accept).withMessage("no request is unanswered");
        assertThatIllegalStateException().isThrownBy(decoding::withdraw).withMessage("no request is unanswered");
        assertThatIllegalStateException().isThrownBy(decoding::finishReason).withMessage("the decoding is not done");
        assertThatIllegalStateException()
                .isThrownBy(() -> decoder.answer(decoding))
                .withMessage("the decoding is not done");
        decoding.close();
        decoding.close();
        assertThatIllegalStateException()
                .isThrownBy(decoding::step)
                .withMessage("the decoding is closed; start another one");
        assertThat(decoding.steps()).isEmpty();
        StepScheduler scheduler = new StepScheduler(decoder.model());
        scheduler.join(decoding);
        assertThat(scheduler.step()).as("there is nothing to do").isEmpty();
    }

    @Test
    void anInterruptEndsADecodingAndStaysSet() {
        LayerCache cache = new LayerCache(LayerCache.DEFAULT_BUDGET);
        try (Decoder own = Decoder.open(model, RuntimeOptions.DEFAULT, cache)) {
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> own.generate("x", SHORT),
                    () -> own.fill(new int[] {5}, "x [MASK:2]", DecodingConfig.INFILL))) {
                Thread.currentThread().interrupt();
                assertThatExceptionOfType(CancellationException.class)
                        .isThrownBy(call)
                        .withMessageMatching("(decoding|rendering the template) was interrupted.*");
                assertThat(Thread.interrupted()).isTrue();
            }
            assertThat(own.generate("x", SHORT).tokenIds()).hasSize(8);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"})
    void aBrokenFileOfTheModelIsNamed(String name, @TempDir Path broken) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            for (Path file : files.toList()) {
                Files.copy(file, broken.resolve(file.getFileName()));
            }
        }
        Path file = broken.resolve(name);
        byte[] content = new byte[Files.exists(file) ? (int) Files.size(file) : 4];
        Arrays.fill(content, (byte) 0xe9);
        Files.write(file, content);

        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> Decoder.open(broken, RuntimeOptions.DEFAULT))
                .withMessageContaining(file.toString());
    }

    @Test
    void anInterruptEndsAConversionAndLeavesNothing() {
        Path output = folder.resolve("interrupted");
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> convert(checkpoint, output, ConvertOptions.defaults()))
                .withMessageMatching("(reading|writing) .* was interrupted; do it again");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(output).doesNotExist();
        assertThat(folder).isDirectoryNotContaining("glob:**/*interrupted*");
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> Converter.convert(
                        checkpoint,
                        output,
                        ConvertOptions.defaults(),
                        (bytes, total, tensors, all) -> Thread.currentThread().interrupt()))
                .withMessageMatching("(reading|writing) .* was interrupted; do it again");
        assertThat(Thread.interrupted()).isTrue();
    }

    private static void convert(Path from, Path to, ConvertOptions options) {
        Converter.convert(from, to, options, ConvertProgress.SILENT);
    }
}
