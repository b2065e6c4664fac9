package dev.dllm4j.decoder.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.ModelTrial;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.Family;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the conversion tries of its result before that appears. */
class TrialTest {
    @TempDir
    private Path folder;

    private final List<String> warnings = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void aSoundModelPassesInSilence(Family family) throws IOException {
        Path checkpoint = checkpoint(family == Family.LLADA ? Shape.llada() : Shape.dream());
        assertThat(convert(checkpoint, new TemplateChoice.Own()).path()).isNotEmptyDirectory();
        assertThat(warnings).isEmpty();
    }

    @Test
    void weightsThatAreNoNumbersAreRefusedWithThePieceThatHoldsThem() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        Edit.element(checkpoint.resolve(Checkpoint.SINGLE), BadInput.QUERY, 0, Float.NaN);
        assertThatThrownBy(() -> convert(checkpoint, new TemplateChoice.Own()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(checkpoint.toString(), "no number", "layer 2 of 2")
                .hasMessageNotContaining(".model");
        assertThat(folder.resolve("model")).doesNotExist();
        assertThat(folder.toFile().list()).containsExactly("checkpoint");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{% if x %}\n{{ messages[0].content", "a\n{% include 'x' %}", "a\n{{ 1 | no_such_filter }}"})
    void aTemplateThatCannotBeReadIsRefusedWithItsLineAndBothRemedies(String template) throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        template(checkpoint, template);
        assertThatThrownBy(() -> convert(checkpoint, new TemplateChoice.Own()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        "chat template in " + checkpoint, "line 2", "--chat-template FILE", "--chat-template none");
        assertThat(folder.toFile().list()).containsExactly("checkpoint");
    }

    @Test
    void aTemplateMayRefuseASystemMessage() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        template(
                checkpoint,
                "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}{{"
                        + " messages[0].content }}");
        convert(checkpoint, new TemplateChoice.Own());
        assertThat(warnings).isEmpty();
    }

    @Test
    void whatATemplateCannotDoInSomeConversationsIsAWarning() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        template(
                checkpoint,
                "{% if messages[0].role == 'system' %}\n\n"
                        + "{{ messages[0].content + 1 }}{% endif %}{{ messages[0].content }}");
        convert(checkpoint, new TemplateChoice.Own());
        assertThat(warnings).singleElement().asString().contains("system message", "line 3", "--chat-template FILE");
    }

    @Test
    void anotherTemplateTakesThePlaceOfBothOfTheCheckpoints() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        template(checkpoint, "{% broken");
        Files.writeString(checkpoint.resolve("chat_template.jinja"), "{% broken, too");
        Path given = Files.writeString(folder.resolve("mine"), "MINE:{{ messages[0].content }}");
        ModelFolder model = convert(checkpoint, new TemplateChoice.File(given));
        assertThat(ChatTemplate.read(model.path()).orElseThrow().render(List.of(new Message("user", "t1")), true))
                .isEqualTo("MINE:t1");
        model.verify();
    }

    @Test
    void aModelMayGoWithoutATemplate() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        template(checkpoint, "{% broken");
        ModelFolder model = convert(checkpoint, TemplateChoice.of("none"));
        assertThat(ChatTemplate.read(model.path())).isEmpty();
        model.verify();
    }

    @Test
    void aGivenTemplateThatIsNotThereIsNamed() {
        Path checkpoint = checkpoint(Shape.llada());
        assertThatThrownBy(() -> convert(checkpoint, TemplateChoice.of(folder + "/none")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(folder + "/none does not exist");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{% broken", "{{ 'caf\u00e9' }}"})
    void aGivenTemplateThatCannotBeUsedIsNamedAndNotTheCheckpoints(String template) throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        Path given = Files.writeString(folder.resolve("mine"), template, StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> convert(checkpoint, new TemplateChoice.File(given)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(given.toString())
                .hasMessageNotContainingAny(".model", checkpoint.toString());
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("checkpoint", "mine");
    }

    @Test
    void aTemplateOfTheCheckpointIsNamedByItsOwnFile() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        Path named = Files.createDirectory(checkpoint.resolve("additional_chat_templates"))
                .resolve("default.jinja");
        Files.writeString(named, "caf\u00e9", StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> convert(checkpoint, new TemplateChoice.Own()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(named.toString(), "UTF-8");
    }

    @Test
    void whatATemplateSaysOfItselfIsShortAndMovesNoCursor() throws IOException {
        Path checkpoint = checkpoint(Shape.llada());
        String name = "\u001b[2J\u202e" + "x".repeat(3000);
        template(checkpoint, "{{ messages | attr('" + name + "') | " + "y".repeat(3000) + " }}");
        assertThatThrownBy(() -> convert(checkpoint, new TemplateChoice.Own()))
                .isInstanceOf(ModelException.class)
                .message()
                .doesNotContain("\u001b", "\u202e")
                .hasSizeLessThan(700);
        template(checkpoint, "{{ messages['" + name + "'] + '" + name + "' }}");
        assertThatThrownBy(() -> convert(checkpoint, new TemplateChoice.Own()))
                .isInstanceOf(ModelException.class)
                .message()
                .doesNotContain("\u001b", "\u202e")
                .hasSizeLessThan(700);
        template(checkpoint, "{% " + name + " %}");
        assertThatThrownBy(() -> convert(checkpoint, new TemplateChoice.Own()))
                .isInstanceOf(ModelException.class)
                .message()
                .doesNotContain("\u001b", "\u202e")
                .hasSizeLessThan(700);
    }

    @ParameterizedTest
    @EnumSource
    void piecesLoadedInPassingGiveTheSameBits(Family family) throws IOException {
        Path checkpoint = checkpoint(family == Family.LLADA ? Shape.llada() : Shape.dream());
        Path model = convert(checkpoint, new TemplateChoice.Own()).path();
        try (OnnxModel kept = OnnxModel.open(model, RuntimeOptions.DEFAULT);
                OnnxModel passing = OnnxModel.openInPassing(model, RuntimeOptions.DEFAULT)) {
            assertThat(sums(passing)).isEqualTo(sums(kept));
        }
    }

    private static List<Float> sums(OnnxModel model) {
        Canvas canvas = new Canvas(new int[] {1, 2, 3}, 5, model.spec().maskToken());
        Positions rows = new Positions(8);
        rows.addRange(0, 8);
        Demand demand = new Demand(8);
        demand.positions().addAll(rows);
        Predictions predictions = new Predictions();
        model.predict(List.of(new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false)));
        List<Float> sums = new ArrayList<>();
        for (int slot = 0; slot < predictions.size(); slot++) {
            sums.add(predictions.logSumExp(slot));
        }
        return sums;
    }

    private Path checkpoint(Shape shape) {
        return TinyCheckpoints.write(folder.resolve("checkpoint"), shape);
    }

    private static void template(Path checkpoint, String template) throws IOException {
        JsonEdit.change(checkpoint.resolve("tokenizer_config.json"), json -> json.put("chat_template", template));
    }

    private ModelFolder convert(Path checkpoint, TemplateChoice template) {
        ConvertOptions options = new ConvertOptions(WeightType.F32, Set.of(), template);
        return Converter.convert(
                checkpoint, folder.resolve("model"), options, ConvertProgress.SILENT, new ModelTrial(warnings::add));
    }
}
