package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Questions, the configurations they are asked under, and the folder the results go to. Made before the model is
 * opened: whatever can be refused is refused then, and nothing is written before {@link #run}.
 *
 * <p>A run is all questions under one configuration. It writes {@code items.jsonl}, a line a question as soon as that
 * is answered, and at its end {@code summary.json}. A single run writes to the folder itself, several to a sub-folder
 * each, named after strategy and cache: {@code threshold-0.9__none}.
 */
public final class Evaluation {
    private final QuestionFile questions;
    private final Map<Path, DecodingConfig> runs;
    private final Function<DecodingConfig, ObjectNode> settings;
    private final LongSupplier nanoTime;

    /**
     * @param configs one a run; with several, each must differ from the others in strategy or cache
     * @param settings the values a configuration comes to, as the summary is to report them
     * @param folder must be empty or not exist yet
     */
    public Evaluation(
            QuestionFile questions,
            List<DecodingConfig> configs,
            Function<DecodingConfig, ObjectNode> settings,
            Path folder) {
        this(questions, configs, settings, folder, System::nanoTime);
    }

    Evaluation(
            QuestionFile questions,
            List<DecodingConfig> configs,
            Function<DecodingConfig, ObjectNode> settings,
            Path folder,
            LongSupplier nanoTime) {
        requireFresh(folder);
        this.questions = questions;
        this.runs = runs(configs, folder);
        this.settings = settings;
        this.nanoTime = nanoTime;
    }

    /** Asks everything, one question after the other; the summaries come in the order of the configurations. */
    public List<Summary> run(Decoder decoder, Progress progress) {
        Map<Path, DecodingConfig> effective = new LinkedHashMap<>();
        runs.forEach((folder, config) -> effective.put(folder, decoder.effective(config)));
        runs.keySet().forEach(Evaluation::create);
        List<Summary> summaries = new ArrayList<>();
        effective.forEach((folder, config) -> summaries.add(run(decoder, config, folder, progress)));
        return Collections.unmodifiableList(summaries);
    }

    private Summary run(Decoder decoder, DecodingConfig config, Path folder, Progress progress) {
        long startedAt = nanoTime.getAsLong();
        Path items = folder.resolve("items.jsonl");
        try {
            Tally tally = Tally.NOTHING;
            try (Writer lines = Files.newBufferedWriter(items, StandardOpenOption.CREATE_NEW)) {
                for (Question question : questions.questions()) {
                    Item item = ask(decoder, question, config);
                    lines.append(item.json().toString()).append('\n').flush();
                    tally = tally.plus(item.tally());
                    progress.after(config, tally, questions.questions().size());
                }
            }
            Duration wall = Duration.ofNanos(nanoTime.getAsLong() - startedAt);
            Summary summary = new Summary(config, decoder.modelHash(), questions, tally, wall);
            String json = summary.json(settings.apply(config)).toPrettyString();
            Files.writeString(folder.resolve("summary.json"), json + "\n");
            return summary;
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private static Item ask(Decoder decoder, Question question, DecodingConfig config) {
        int[] prompt = decoder.prompt(question.question());
        if ((long) prompt.length + config.genLength() > decoder.spec().context()) {
            return new Item.OutOfContext(question);
        }
        Decoding decoding = decoder.start(prompt, config);
        while (!decoding.done()) {
            decoding.step();
        }
        return new Item.Answered(question, decoder.answer(decoding));
    }

    private static Map<Path, DecodingConfig> runs(List<DecodingConfig> configs, Path folder) {
        if (configs.isEmpty()) {
            throw new IllegalArgumentException("configs is empty; name at least one configuration to run");
        }
        if (configs.size() == 1) {
            return Map.of(folder, configs.get(0));
        }
        Map<Path, DecodingConfig> runs = new LinkedHashMap<>();
        for (DecodingConfig config : configs) {
            String name = fileSafe(config.strategy().toString()) + "__"
                    + fileSafe(config.cache().toString());
            if (runs.put(folder.resolve(name), config) != null) {
                throw new IllegalArgumentException("two runs have strategy " + config.strategy() + " and cache "
                        + config.cache() + " and would share the folder " + name
                        + "; name each pair once, or give them folders of their own in separate evaluations");
            }
        }
        return runs;
    }

    /** A SPEC without what shells and file systems find special; {@code threshold(0.9)} becomes threshold-0.9. */
    private static String fileSafe(String spec) {
        return spec.replace(")", "").replaceAll("[^A-Za-z0-9._-]", "-");
    }

    private static void requireFresh(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw notFresh(folder, "it is a file");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            if (entries.iterator().hasNext()) {
                throw notFresh(folder, "it holds files already");
            }
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private static IllegalArgumentException notFresh(Path folder, String finding) {
        return new IllegalArgumentException("out is " + folder + "; it must be an empty folder or not exist yet, but "
                + finding + "; name another folder");
    }

    private static UncheckedIOException unwritable(Path folder, IOException cause) {
        return new UncheckedIOException(
                "out is " + folder + "; it cannot be written (" + cause + "); name another folder", cause);
    }
}
