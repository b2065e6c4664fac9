package dev.dllm4j.decoder;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.LossCheck;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.convert.WeightLoss;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Measures what a conversion lost: answers questions with both models by their recipe, and compares the answers and, along
 * the converted model's way, the distributions of tokens.
 *
 * <p>Both models are open at a time where memory allows; otherwise the pieces of the reference are loaded one at a time,
 * for each step anew, and more answers are decoded together.
 *
 * @param questions go through the model's chat template, as the turn of a user
 * @param genLength positions of an answer
 * @param freeMemory bytes that the system can give, where that is known
 * @param progress of writing the reference, where it has to be
 * @param listener hears how far the answers are, on the thread that measures
 * @param notes gets a line where the reference does not fit beside the converted model
 */
public record LossMeasurement(
        List<String> questions,
        int genLength,
        Supplier<OptionalLong> freeMemory,
        ConvertProgress progress,
        Listener listener,
        Consumer<String> notes)
        implements LossCheck {
    /** Positions of an answer where nothing else is said. */
    public static final int GEN_LENGTH = 64;

    /** Answers that are decoded together where both models are open. */
    private static final int BATCH = 8;
    /** And where each piece of the reference is loaded for every step: as many as go into a forward in moderate memory. */
    private static final int BATCH_IN_PASSING = 128;

    /** Hears how far a measurement is. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called after each step.
         *
         * @param positions that are decoded, of both models' answers
         */
        void advanced(long positions, long totalPositions);
    }

    public LossMeasurement {
        questions = List.copyOf(requireNonNull(questions, "questions is null; give at least one"));
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("questions is empty; give at least one");
        }
        if (genLength < 1) {
            throw new IllegalArgumentException("gen length is " + genLength + "; it must be positive");
        }
        requireNonNull(freeMemory, "free memory is null; give a supplier of its bytes");
        requireNonNull(progress, "progress is null; give ConvertProgress.SILENT for none");
        requireNonNull(listener, "listener is null; give one that may do nothing");
        requireNonNull(notes, "notes is null; give a consumer that may do nothing");
    }

    @Override
    public Measurement prepare(Path folder, ModelSpec spec, Recipe recipe) {
        DecodingConfig config;
        try {
            config = DecodingConfig.resolve(
                    DecodingChoices.NONE.withGenLength(genLength), DecodingConfig.of(recipe, spec), spec);
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    "the loss cannot be checked at gen length " + genLength + ": " + e.getMessage(), e);
        }
        List<int[]> prompts = prompts(folder, spec);
        return (reference, converted) -> measure(reference, converted, config, prompts);
    }

    private List<int[]> prompts(Path folder, ModelSpec spec) {
        Optional<ChatTemplate> template = ChatTemplate.read(folder);
        List<int[]> prompts = new ArrayList<>();
        try (HfTokenizer tokenizer = HfTokenizer.read(folder)) {
            for (int number = 1; number <= questions.size(); number++) {
                Message message = new Message("user", questions.get(number - 1));
                int[] prompt = tokenizer.encode(Decoder.promptText(template, List.of(message)));
                spec.requireTokens("question " + number + " of the check", prompt);
                if (prompt.length + genLength > spec.context()) {
                    throw new ModelException(String.format(
                            Locale.ROOT,
                            "question %d of the check has %d tokens; with an answer of %d they must fit the model's context"
                                    + " of %d, so %s",
                            number,
                            prompt.length,
                            genLength,
                            spec.context(),
                            number == 1 ? "leave the check out" : "check fewer questions than " + number));
                }
                prompts.add(prompt);
            }
        }
        return prompts;
    }

    private WeightLoss measure(Path reference, Path converted, DecodingConfig config, List<int[]> prompts) {
        boolean together = fitTogether(ModelFolder.read(reference), ModelFolder.read(converted));
        try (OnnxModel ours = OnnxModel.open(converted, RuntimeOptions.DEFAULT);
                OnnxModel theirs = together
                        ? OnnxModel.open(reference, RuntimeOptions.DEFAULT)
                        : OnnxModel.openInPassing(reference, RuntimeOptions.DEFAULT)) {
            LossRun run = new LossRun(CheckedModel.of(theirs, config), CheckedModel.of(ours, config));
            int batch = together ? BATCH : BATCH_IN_PASSING;
            long each = 2L * genLength;
            for (int from = 0; from < prompts.size(); from += batch) {
                long before = from * each;
                run.answer(
                        prompts.subList(from, Math.min(from + batch, prompts.size())),
                        positions -> listener.advanced(before + positions, prompts.size() * each));
            }
            return run.loss(prompts.size(), genLength);
        }
    }

    private boolean fitTogether(ModelFolder reference, ModelFolder converted) {
        long needed = reference.memory().openingBytes() + converted.memory().openingBytes();
        OptionalLong available = freeMemory.get();
        boolean fit = available.isEmpty() || needed <= available.getAsLong();
        if (!fit) {
            notes.accept(String.format(
                    Locale.ROOT,
                    "both models together take some %d MB and %d MB are free, so the checkpoint's own weights are loaded"
                            + " layer by layer, for each step anew",
                    needed / 1_000_000,
                    available.getAsLong() / 1_000_000));
        }
        return fit;
    }
}
