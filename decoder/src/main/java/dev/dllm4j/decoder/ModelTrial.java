package dev.dllm4j.decoder;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.convert.ModelMemory;
import dev.dllm4j.decoder.convert.Trial;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.TemplateTrial;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tries what a conversion made: renders the chat template, encodes and decodes a sentence, and runs one forward of eight
 * rows, which must give numbers. The forward holds one piece of the model in memory at a time.
 *
 * @param warnings gets a line for what works in part
 */
public record ModelTrial(Consumer<String> warnings) implements Trial {
    private static final String SENTENCE = "The quick brown fox jumps over 13 lazy dogs, and then it rests.";
    private static final String REMEDY =
            "; give another with --chat-template FILE, or go without by --chat-template none";
    private static final int ROWS = 8;

    @Override
    public void memory(Path checkpoint, ModelMemory memory) {
        OnnxModel.requireMemoryInPassing("trying what " + checkpoint + " becomes", memory);
    }

    @Override
    public void text(Path folder) {
        ChatTemplate.read(folder).ifPresent(template -> judge(folder, TemplateTrial.of(template)));
        try (HfTokenizer tokenizer = HfTokenizer.read(folder)) {
            tokenizer.decode(tokenizer.encode(SENTENCE));
        }
    }

    private void judge(Path folder, TemplateTrial trial) {
        if (!trial.rendered()) {
            Path file = ChatTemplate.file(folder).orElse(folder.resolve(TokenizerConfig.FILE));
            throw new ModelException("the chat template in " + file + " cannot be rendered: "
                    + trial.faults().values().iterator().next() + REMEDY);
        }
        trial.faults()
                .forEach((conversation, fault) -> warnings.accept(
                        "the chat template cannot be rendered with " + conversation + ": " + fault + REMEDY));
    }

    @Override
    public void model(Path folder) {
        try (OnnxModel model = OnnxModel.openInPassing(folder, RuntimeOptions.DEFAULT)) {
            int rows = Math.min(ROWS, model.spec().context());
            int[] prompt = Arrays.copyOf(sentence(folder, model), rows / 2);
            Canvas canvas =
                    new Canvas(prompt, rows - prompt.length, model.spec().maskToken());
            Positions positions = new Positions(rows);
            positions.addRange(0, rows);
            Demand demand = new Demand(rows);
            demand.positions().addAll(positions);
            model.predict(List.of(
                    new RowRequest(canvas, positions, demand, new Predictions(), Guidance.NONE, null, () -> false)));
        } catch (ModelException e) {
            throw new ModelException("a forward of the model in " + folder + " failed: " + e.getMessage(), e);
        }
    }

    private static int[] sentence(Path folder, OnnxModel model) {
        try (HfTokenizer tokenizer = HfTokenizer.read(folder)) {
            int[] ids = tokenizer.encode(SENTENCE);
            model.spec().requireTokens("a plain sentence", ids);
            return ids;
        }
    }
}
