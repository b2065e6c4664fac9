package dev.dllm4j.cli;

import dev.dllm4j.decoder.LossMeasurement;
import dev.dllm4j.decoder.convert.LossCheck;
import dev.dllm4j.decoder.onnx.OnnxModel;
import dev.dllm4j.eval.Question;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;

/** Questions that a conversion is checked with: the first of those that come along. */
record CheckQuestions(List<String> questions) {
    private static final int MOST = 500;

    /** @throws IllegalArgumentException if there are not as many */
    static CheckQuestions first(int count) {
        if (count < 1 || count > MOST) {
            throw new IllegalArgumentException(
                    "--check is " + count + "; it must be within [1, " + MOST + "], as many questions as come along");
        }
        try (InputStream stream = BundledModel.STARTER.questions()) {
            QuestionFile file = QuestionFile.read(BundledModel.STARTER.toString(), stream);
            return new CheckQuestions(file.first(count).questions().stream()
                    .map(Question::question)
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param notes gets a line where memory does not allow the usual way */
    LossCheck check(ProgressBar progress, Consumer<String> notes) {
        return new LossMeasurement(
                questions,
                LossMeasurement.GEN_LENGTH,
                OnnxModel::availableMemory,
                progress::referenceAdvanced,
                progress::checkAdvanced,
                notes);
    }
}
