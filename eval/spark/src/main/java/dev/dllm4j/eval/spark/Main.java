package dev.dllm4j.eval.spark;

import dev.dllm4j.eval.Evaluation;
import dev.dllm4j.eval.Exam;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.eval.Shots;
import dev.dllm4j.eval.Task;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code spark-submit} runs. */
@Command(name = "dllm4j-spark", mixinStandardHelpOptions = true, description = "Evaluates and generates on Spark.")
public final class Main {
    public static void main(String[] arguments) {
        int exitCode = commandLine().execute(arguments);
        if (exitCode != 0) {
            System.exit(exitCode); // spark-submit ends a driver that returns by itself, and well
        }
    }

    /** What is refused is one line, as on one machine. */
    static CommandLine commandLine() {
        return new CommandLine(new Main()).setExecutionExceptionHandler((failure, line, parsed) -> {
            if (failure instanceof IllegalArgumentException) {
                line.getErr().println("dllm4j: " + failure.getMessage());
                return CommandLine.ExitCode.USAGE;
            }
            throw failure;
        });
    }

    @Command(description = "Scores answers to questions whose answers are known; writes what 'dllm4j eval' writes.")
    int eval(
            @Mixin EngineOptions engineOptions,
            @Option(names = "--dataset", required = true, paramLabel = "FILE") Path dataset,
            @Option(names = "--task", paramLabel = "TASK", defaultValue = "plain") String task,
            @Option(names = "--limit", paramLabel = "N") @Nullable Integer limit,
            @Option(names = "--partitions", paramLabel = "N", defaultValue = "0") int partitions,
            @Option(names = "--resume") boolean resume,
            @Option(names = "--out", required = true, paramLabel = "DIR") Path out) {
        Engine engine = engineOptions.engine();
        QuestionFile all = QuestionFile.read(dataset);
        QuestionFile questions = limit == null ? all : all.first(limit);
        Exam exam = new Exam(Task.named(task), questions, Shots.NONE, engineOptions.chatTemplate());
        Evaluation evaluation = new Evaluation(exam, List.of("spark"), out, resume, false);
        SparkSession session = session();
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        int parts = partitions > 0 ? partitions : 4 * spark.defaultParallelism();
        evaluation
                .run(List.of(new SparkAnswerer(spark, engine, parts)), pace -> {})
                .forEach(System.out::println);
        return 0;
    }

    @Command(description = "Answers a column of prompts in Parquet or JSON lines.")
    int generate(
            @Mixin EngineOptions engineOptions,
            @Option(names = "--in", required = true, paramLabel = "PATH") String in,
            @Option(names = "--column", paramLabel = "NAME", defaultValue = "prompt") String column,
            @Option(names = "--format", paramLabel = "parquet|json", defaultValue = "parquet") String format,
            @Option(names = "--partitions", paramLabel = "N", defaultValue = "0") int partitions,
            @Option(names = "--out", required = true, paramLabel = "PATH") String out) {
        if (!List.of("parquet", "json").contains(format)) {
            throw new IllegalArgumentException("format is " + format + "; it must be parquet or json");
        }
        Engine engine = engineOptions.engine();
        Dataset<Row> rows = session().read().format(format).load(in);
        Dataset<Row> parts = partitions > 0 ? rows.repartition(partitions) : rows;
        new Generation(engine, column).of(parts).write().format(format).save(out);
        return 0;
    }

    /** Refuses a Java on which Spark would start, and fail at the first file. */
    private static SparkSession session() {
        HadoopLogin.require();
        return SparkSession.builder().appName("dllm4j").getOrCreate();
    }
}
