package dev.dllm4j.eval;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.DecodingConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Questions, the runs they are asked in, and the folder the results go to. Made before the model is opened: whatever can
 * be refused is refused then, and nothing is written before {@link #run}.
 *
 * <p>A run is all questions put to one {@link Answerer}. A single run writes to the folder itself, several to a
 * sub-folder each. Every run can be killed at any moment and resumed.
 */
public final class Evaluation {
    /** So many failures and nothing else say that no question will be answered. */
    private static final int HOPELESS = 5;

    private final Exam exam;
    private final List<String> names;
    private final Path folder;
    private final boolean failFast;
    private final LongSupplier nanoTime;

    /**
     * @param names one a run, as {@link #names} makes them
     * @param resume whether the folder may hold the begun runs; it must be empty or not exist yet otherwise
     * @param failFast whether the first question that fails ends the evaluation; otherwise it is recorded as failed,
     *     counts as wrong, and is asked again by a resumed run
     */
    public Evaluation(Exam exam, List<String> names, Path folder, boolean resume, boolean failFast) {
        this(exam, names, folder, resume, failFast, System::nanoTime);
    }

    Evaluation(Exam exam, List<String> names, Path folder, boolean resume, boolean failFast, LongSupplier nanoTime) {
        requireNonNull(exam, "exam is null; say what is asked");
        requireNonNull(names, "names is null; name every run, e.g. with Evaluation.names");
        requireNonNull(folder, "folder is null; name one for the results");
        if (resume) {
            RunsBelow.requireResumable(folder, names.size() > 1);
        } else {
            RunFolder.requireFresh(folder);
        }
        this.exam = exam;
        this.names = List.copyOf(names);
        this.folder = folder;
        this.failFast = failFast;
        this.nanoTime = nanoTime;
    }

    /** The runs' names, after strategy and cache: {@code threshold-0.9__none}. */
    public static List<String> names(List<DecodingConfig> configs) {
        if (requireNonNull(configs, "configs is null; name at least one configuration to run")
                .isEmpty()) {
            throw new IllegalArgumentException("configs is empty; name at least one configuration to run");
        }
        Set<String> names = new LinkedHashSet<>();
        for (DecodingConfig config : configs) {
            String name = fileSafe(config.strategy().toString()) + "__"
                    + fileSafe(config.cache().toString());
            if (!names.add(name)) {
                throw new IllegalArgumentException("two runs have strategy " + config.strategy() + " and cache "
                        + config.cache() + " and would share the folder " + name
                        + "; name each pair once, or give them folders of their own in separate evaluations");
            }
        }
        return List.copyOf(names);
    }

    /**
     * Asks everything, one run after the other; the summaries come in the order of the names.
     *
     * @param answerers one a name
     */
    public List<Summary> run(List<? extends Answerer> answerers, Progress progress) {
        requireNonNull(answerers, "answerers is null; give one a run");
        requireNonNull(progress, "progress is null; give pace -> {} for none");
        if (answerers.size() != names.size()) {
            throw new IllegalArgumentException(
                    "answerers are " + answerers.size() + "; there must be one a run, which are " + names.size());
        }
        List<Summary> summaries = new ArrayList<>();
        for (int run = 0; run < names.size(); run++) {
            String name = names.get(run);
            Path place = names.size() == 1 ? folder : folder.resolve(name);
            summaries.add(run(name, answerers.get(run), place, progress));
        }
        return summaries;
    }

    private Summary run(String name, Answerer answerer, Path place, Progress progress) {
        ObjectNode about = exam.json();
        about.setAll(answerer.json());
        ObjectNode surroundings = Surroundings.json();
        try (RunFolder run = RunFolder.open(place, about, surroundings, exam.recorded())) {
            Asking asking = new Asking(name, run, progress);
            answerer.ask(
                    exam.asked().stream()
                            .filter(asked -> !run.has(asked.question()))
                            .toList(),
                    asking::add);
            ObjectNode summary = Summing.json(about, surroundings, exam, run, asking.wall());
            run.finish(
                    LmEvalJson.FILE,
                    LmEvalJson.of(summary, exam.task(), exam.questions().total(), Instant.now()));
            run.finish(Summary.FILE, summary);
            return new Summary(name, summary);
        }
    }

    /** A run under way. */
    private final class Asking {
        private final String name;
        private final RunFolder folder;
        private final Progress progress;
        private final long startedAt = nanoTime.getAsLong();
        private final Duration before;
        private Tally soFar;
        private int here;
        private int failedHere;

        Asking(String name, RunFolder folder, Progress progress) {
            this.name = name;
            this.folder = folder;
            this.progress = progress;
            this.soFar = folder.lines().stream().map(Tally::of).reduce(Tally.NOTHING, Tally::plus);
            this.before = folder.lines().stream()
                    .map(line -> Duration.ofMillis(line.path(Item.WALL).longValue()))
                    .reduce(Duration.ZERO, (first, second) -> first.compareTo(second) > 0 ? first : second);
        }

        void add(ObjectNode line) {
            Duration wall = wall();
            boolean failed = Item.failed(line);
            if (failed && failFast) {
                throw ended("question " + line.path("id").asText() + " failed", line);
            }
            line.put(Item.WALL, wall.toMillis());
            folder.add(line);
            failedHere += failed ? 1 : 0;
            if (failed && failedHere == HOPELESS && here == HOPELESS - 1) {
                throw ended("the first " + HOPELESS + " questions failed, each of them", line);
            }
            soFar = soFar.plus(Tally.of(line));
            here++;
            progress.after(
                    new Progress.Pace(name, soFar, exam.questions().questions().size(), here, wall.minus(before)));
        }

        private EvaluationException ended(String what, ObjectNode line) {
            return new EvaluationException(
                    what + " (" + line.path("failed").asText() + "); mend that and go on with --resume");
        }

        /** Time spent on the run, also by processes that were killed, up to their last line. */
        Duration wall() {
            return before.plusNanos(nanoTime.getAsLong() - startedAt);
        }
    }

    /** A SPEC without what shells and file systems find special; {@code threshold(0.9)} becomes threshold-0.9. */
    private static String fileSafe(String spec) {
        return spec.replace(")", "").replaceAll("[^A-Za-z0-9._-]", "-");
    }
}
