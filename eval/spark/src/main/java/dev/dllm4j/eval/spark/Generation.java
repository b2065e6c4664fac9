package dev.dllm4j.eval.spark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.Answer;
import dev.dllm4j.decoder.AnswerJson;
import dev.dllm4j.eval.Decoded;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Answers to a column of prompts.
 *
 * @param column of text; a row without one gets no answer
 */
record Generation(Engine engine, String column) {
    static final String OUTPUT = "output";
    static final String USAGE = "usage";

    /** The same rows, in any order, with {@code output} and, as JSON, {@code usage}. */
    Dataset<Row> of(Dataset<Row> rows) {
        List<String> columns = List.of(rows.columns());
        if (!columns.contains(column)) {
            throw new IllegalArgumentException("column is " + column + "; there are " + String.join(", ", columns));
        }
        Stream.of(OUTPUT, USAGE).filter(columns::contains).findFirst().ifPresent(taken -> {
            throw new IllegalArgumentException("the input has a column " + taken + " already; rename it");
        });
        StructType schema = rows.schema().add(OUTPUT, DataTypes.StringType).add(USAGE, DataTypes.StringType);
        Engine sent = engine;
        int prompt = rows.schema().fieldIndex(column);
        MapPartitionsFunction<Row, Row> answer = part -> answer(sent, prompt, part);
        return rows.mapPartitions(answer, Encoders.row(schema));
    }

    private static Iterator<Row> answer(Engine engine, int prompt, Iterator<Row> part) {
        List<Row> asked = new ArrayList<>();
        List<Row> answered = new ArrayList<>();
        part.forEachRemaining(row -> {
            if (row.isNullAt(prompt)) {
                answered.add(with(row, Optional.empty()));
            } else {
                asked.add(row);
            }
        });
        engine.texts()
                .decode(
                        asked.iterator(),
                        row -> row.getString(prompt),
                        (row, decoded) -> answered.add(with(row, answer(decoded))));
        return answered.iterator();
    }

    /** Empty where prompt and gen length exceed the model's context; Spark tries a task that fails again. */
    private static Optional<Answer> answer(Decoded decoded) {
        if (decoded instanceof Decoded.Failed failed) {
            throw failed.cause();
        }
        return decoded instanceof Decoded.Answered answered ? Optional.of(answered.answer()) : Optional.empty();
    }

    private static Row with(Row row, Optional<Answer> answer) {
        Object[] values = new Object[row.size() + 2];
        for (int column = 0; column < row.size(); column++) {
            values[column] = row.get(column);
        }
        answer.ifPresent(found -> {
            values[row.size()] = found.text();
            ObjectNode usage = AnswerJson.usage(found);
            values[row.size() + 1] = usage.toString();
        });
        return RowFactory.create(values);
    }
}
