package dev.dllm4j.eval.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.ConvertProgress;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.eval.Evaluation;
import dev.dllm4j.eval.Exam;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.eval.Shots;
import dev.dllm4j.eval.Summary;
import dev.dllm4j.eval.Task;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.Success$;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

@EnabledForJreRange(max = JRE.JAVA_21, disabledReason = "Spark 4.1 is made for Java 17 and 21")
class SparkTest {
    private static final int TRIES = 10_000;

    @TempDir
    static Path models;

    private static Path model;
    private static SparkSession session;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        BundledModel.STARTER.extract(models.resolve("checkpoint"));
        model = models.resolve("starter");
        Converter.convert(models.resolve("checkpoint"), model, ConvertOptions.defaults(), ConvertProgress.SILENT);
        session = SparkSession.builder()
                .master("local[2, " + TRIES + "]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.warehouse.dir", models.resolve("warehouse").toString())
                .getOrCreate();
    }

    @AfterAll
    static void stop() {
        session.stop();
    }

    @Test
    void theStartersQuestionsGetTheSameLinesAsOnOneMachine() throws IOException {
        Exam exam = exam(500);
        Engine engine = engine(model);
        Summary spark = new Evaluation(exam, List.of("spark"), folder.resolve("spark"), false, false)
                .run(List.of(new SparkAnswerer(spark(), engine, 7)), pace -> {})
                .get(0);
        Summary local = new Evaluation(exam, List.of("local"), folder.resolve("local"), false, false)
                .run(List.of(engine.answerer()), pace -> {})
                .get(0);

        assertThat(items("spark")).hasSize(500).containsExactlyInAnyOrderElementsOf(items("local"));
        assertThat(spark.json().path("strict_by_item")).isEqualTo(local.json().path("strict_by_item"));
        assertThat(spark.correct()).isEqualTo(local.correct()).isGreaterThan(400);
        assertThat(spark.json().path("settings")).isEqualTo(local.json().path("settings"));
    }

    /** The model appears when the first task has failed for want of it. */
    @Test
    void tasksThatAreTriedAgainDoubleNothing() {
        Path late = folder.resolve("late");
        AtomicInteger failures = new AtomicInteger();
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                if (end.reason() != Success$.MODULE$) {
                    failures.incrementAndGet();
                    link(late);
                }
            }
        };
        session.sparkContext().addSparkListener(listener);
        List<String> ids = new ArrayList<>();
        new SparkAnswerer(spark(), engine(late), 5)
                .ask(exam(12).asked(), line -> ids.add(line.path("id").asText()));
        session.sparkContext().removeSparkListener(listener);

        assertThat(failures.get()).isPositive();
        assertThat(ids).hasSize(12).doesNotHaveDuplicates();
    }

    @Test
    void aColumnOfPromptsIsAnsweredInParquetAndInJson() throws IOException {
        List<String> questions = exam(6).questions().questions().stream()
                .map(question -> question.question())
                .toList();
        StringBuilder lines = new StringBuilder();
        for (int row = 0; row < questions.size(); row++) {
            ObjectNode json = new ObjectMapper().createObjectNode().put("row", row);
            lines.append(json.put("ask", questions.get(row))).append('\n');
        }
        lines.append("{\"row\": 6, \"ask\": null}\n");
        Path json = Files.writeString(folder.resolve("in.json"), lines);
        Path parquet = folder.resolve("in.parquet");
        session.read().json(json.toString()).write().parquet(parquet.toString());
        Dataset<Row> answered = new Generation(engine(model), "ask")
                .of(session.read().parquet(parquet.toString()).repartition(3));
        answered.write().parquet(folder.resolve("out.parquet").toString());

        List<Row> rows = session.read()
                .parquet(folder.resolve("out.parquet").toString())
                .orderBy("row")
                .collectAsList();
        assertThat(rows).hasSize(7);
        try (Decoder decoder = Decoder.open(model, RuntimeOptions.DEFAULT)) {
            for (int row = 0; row < 6; row++) {
                assertThat(rows.get(row).<String>getAs("output"))
                        .isEqualTo(decoder.generate(
                                        questions.get(row),
                                        decoder.resolve(engine(model).choices()))
                                .text());
                assertThat(rows.get(row).<String>getAs("usage")).contains("\"forwards\":");
            }
        }
        assertThat(rows.get(6).<Object>getAs("output")).isNull();
    }

    @Test
    void aColumnThatIsNotThereOrTakenIsRefused() {
        Dataset<Row> rows = session.sql("select 'a' as prompt, 1 as output");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Generation(engine(model), "ask").of(rows))
                .withMessage("column is ask; there are prompt, output");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Generation(engine(model), "prompt").of(rows))
                .withMessage("the input has a column output already; rename it");
    }

    @Test
    void whatIsNotNamedIsTheModelsRecipe() {
        Engine plain = new Engine(model.toString(), "", "", "", "", 0, true, 4, 1, false);
        Engine named = new Engine(model.toString(), "topk(2)", "elastic", "", "", 64, true, 4, 1, false);
        try (Decoder decoder = Decoder.open(model, RuntimeOptions.DEFAULT)) {
            assertThat(decoder.resolve(plain.choices())).isEqualTo(decoder.recipe());
            DecodingConfig config = decoder.resolve(named.choices());
            assertThat(config.strategy()).hasToString("topk(2)");
            assertThat(config.window()).hasToString("leftmost(16)");
            assertThat(config.genLength()).isEqualTo(64);
            assertThat(config.stop()).isEqualTo(decoder.recipe().stop());
        }
    }

    @Test
    void executorsLoadNoServer() {
        assertThat(SparkTest.class.getResource("/io/vertx/core/Vertx.class")).isNull();
        assertThat(SparkTest.class.getResource("/dev/dllm4j/decoder/Decoder.class"))
                .isNotNull();
    }

    private static JavaSparkContext spark() {
        return JavaSparkContext.fromSparkContext(session.sparkContext());
    }

    private static Engine engine(Path folder) {
        return new Engine(folder.toString(), "threshold(0.9)", "none", "", "eot", 128, true, 4, 1, false);
    }

    private static Exam exam(int limit) {
        try (InputStream lines = BundledModel.STARTER.questions()) {
            return new Exam(Task.PLAIN, QuestionFile.read("starter", lines).first(limit), Shots.NONE, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without what time it took. */
    private List<String> items(String run) throws IOException {
        List<String> items = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(run).resolve("items.jsonl"))) {
            ObjectNode item = (ObjectNode) new ObjectMapper().readTree(line);
            item.remove("wall_ms");
            ((ObjectNode) item.path("usage").path("work")).remove(List.of("model_ms", "select_ms", "total_ms"));
            items.add(item.toString());
        }
        return items;
    }

    private static void link(Path late) {
        try {
            Files.createSymbolicLink(late, model);
        } catch (FileAlreadyExistsException e) {
            // an earlier failure has made it
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
