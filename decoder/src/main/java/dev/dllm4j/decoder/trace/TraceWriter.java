package dev.dllm4j.decoder.trace;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.canvas.CanvasChange.Commit;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.canvas.Ranking;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.trace.TraceStep.TracedCommit;
import dev.dllm4j.decoder.trace.TraceStep.TracedEdit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Steps a decoding and writes down every step: JSON lines, a header first. It sees the predictions between the two halves
 * of a step, as the model gave them, and asks for whole rows to do so; what is decided does not change.
 *
 * <p>Confined to the decoding's thread.
 */
public final class TraceWriter implements AutoCloseable {
    private final Decoder decoder;
    private final Decoding decoding;
    private final IntFunction<String> pieces;
    private final Writer out;
    private final Ranking ranking = new Ranking();

    /**
     * Starts the file with its header.
     *
     * @param file is overwritten
     * @param decoding that has not begun
     * @param settings as {@link dev.dllm4j.decoder.AnswerJson#settings} writes them
     * @param pieces the text of one token, for showing
     */
    public TraceWriter(Path file, Decoder decoder, Decoding decoding, ObjectNode settings, IntFunction<String> pieces) {
        this.decoder = decoder;
        this.decoding = decoding;
        this.pieces = pieces;
        try {
            this.out = Files.newBufferedWriter(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        write(TraceHeader.of(decoder, decoding, settings).json());
    }

    /** One forward, the commits it leads to, and their line in the file. */
    public StepReport step() {
        RowRequest request = decoding.request();
        List<RecordedPrediction> predictions = new ArrayList<>();
        request.demand()
                .fullRows((slot, row) -> predictions.add(RecordedPrediction.of(
                        request.predictions(), slot, row, request.demand(), decoder.spec(), ranking)));
        int length = request.canvas().length();
        int limit = request.plan().openLimit();
        OptionalInt openLimit = limit < length ? OptionalInt.of(limit) : OptionalInt.empty();
        try {
            decoder.model().predict(List.of(request));
        } catch (RuntimeException | Error e) {
            decoding.close();
            throw e;
        }
        // A request that is cancelled under way is not answered.
        boolean answered = !decoding.done();
        StepReport report = decoding.accept();
        TraceStep step = new TraceStep(
                report.step(),
                openLimit,
                answered ? predictions : List.of(),
                answered ? absent(request.predictions()) : List.of(),
                report.commits().stream().map(this::traced).toList(),
                report.takenBack(),
                report.edits().stream().map(this::traced).toList(),
                request.canvas().held(),
                report.length() < length ? OptionalInt.of(report.length()) : OptionalInt.empty(),
                report.frozenFrom());
        boolean refreshed = report.refreshedFrom() < decoder.spec().layers();
        ObjectNode line =
                step.json(request.rows(), refreshed ? OptionalInt.of(report.refreshedFrom()) : OptionalInt.empty());
        line.set("work", AnswerJson.rows(report.work()));
        write(line);
        return report;
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Integer> absent(Predictions predictions) {
        return IntStream.range(0, predictions.size())
                .filter(slot -> !predictions.present(slot))
                .map(predictions::position)
                .boxed()
                .toList();
    }

    private TracedCommit traced(Commit commit) {
        return new TracedCommit(commit.position(), commit.token(), commit.probability(), pieces.apply(commit.token()));
    }

    private TracedEdit traced(Replace edit) {
        return new TracedEdit(
                edit.position(),
                edit.old(),
                edit.token(),
                edit.probability(),
                pieces.apply(edit.old()),
                pieces.apply(edit.token()));
    }

    private void write(ObjectNode json) {
        try {
            out.write(json.toString());
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
