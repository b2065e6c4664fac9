package dev.dllm4j.train.adapt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.train.file.WholeFile;
import dev.dllm4j.train.run.Example;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Answers of a teacher as JSON lines of token ids, so that a resumed run has them again. */
public final class AnswerFile {
    private static final int MOST_BYTES = 512 << 20;
    private static final String NAME = "answers.jsonl";
    private static final ObjectMapper JSON = new ObjectMapper();

    private AnswerFile() {}

    @SuppressWarnings("ArrayRecordComponent") // read and written, never compared
    private record Line(int[] prompt, int[] answer) {}

    /** Writes or replaces the folder's answers. */
    public static void write(Path folder, List<Example> answers) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Example answer : answers) {
            lines.append(JSON.writeValueAsString(new Line(answer.prompt(), answer.answer())))
                    .append('\n');
        }
        WholeFile.write(folder.resolve(NAME), channel -> WholeFile.writeFully(channel, UTF_8.encode(lines.toString())));
    }

    /** The folder's answers. */
    public static List<Example> read(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        List<Example> answers = new ArrayList<>();
        for (String text : ReadableFile.lines(file, MOST_BYTES)) {
            try {
                Line line = JSON.readValue(text, Line.class);
                answers.add(new Example(line.prompt(), line.answer()));
            } catch (JsonProcessingException e) {
                throw new ModelException(
                        file + ", line " + (answers.size() + 1) + " is no answer; start the run anew", e);
            }
        }
        return answers;
    }
}
