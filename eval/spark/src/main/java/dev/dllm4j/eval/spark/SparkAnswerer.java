package dev.dllm4j.eval.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.eval.Answerer;
import dev.dllm4j.eval.Exam;
import dev.dllm4j.eval.Question;
import dev.dllm4j.eval.Task;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The engines of a cluster. Spark takes the result of one attempt a partition, so that a task that is retried or run
 * twice never doubles a line.
 *
 * @param partitions parts that the questions are cut into
 */
record SparkAnswerer(JavaSparkContext spark, Engine engine, int partitions) implements Answerer {
    /** A question on its way. */
    private record Sent(String task, String id, String question, String answer, String text) implements Serializable {
        static Sent of(Exam.Asked asked) {
            Question question = asked.question();
            return new Sent(
                    asked.task().toString(), question.id(), question.question(), question.answer(), asked.text());
        }

        Exam.Asked asked() {
            return new Exam.Asked(Task.named(task), new Question(id, question, answer), text);
        }
    }

    /** Of the driver's own engine, which has the same model. */
    @Override
    public ObjectNode json() {
        return engine.answerer().json();
    }

    @Override
    public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
        if (questions.isEmpty()) {
            return;
        }
        Engine sent = engine;
        spark.parallelize(questions.stream().map(Sent::of).toList(), Math.min(partitions, questions.size()))
                .mapPartitions(part -> answer(sent, part))
                .collect()
                .forEach(line -> lines.accept(parsed(line)));
    }

    private static Iterator<String> answer(Engine engine, Iterator<Sent> part) {
        List<Exam.Asked> questions = new ArrayList<>();
        part.forEachRemaining(sent -> questions.add(sent.asked()));
        List<String> lines = new ArrayList<>();
        engine.answerer().ask(questions, line -> lines.add(line.toString()));
        return lines.iterator();
    }

    private static ObjectNode parsed(String line) {
        try {
            return (ObjectNode) new ObjectMapper().readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an executor wrote " + line, e);
        }
    }
}
