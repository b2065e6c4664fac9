package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The solved examples in front of a question: none, the first of a file, or for each question some of it, drawn as
 * lm-evaluation-harness draws them.
 *
 * @param count examples a question
 * @param seed of the draws; absent for the first ones of the file
 * @param from absent where there are none
 */
public record Shots(int count, Optional<Long> seed, Optional<QuestionFile> from) {
    public static final Shots NONE = new Shots(0, Optional.empty(), Optional.empty());

    public Shots {
        int available = from.map(file -> file.questions().size()).orElse(0);
        if (count < 0 || count > available) {
            throw new IllegalArgumentException("fewshot is " + count + "; it must be within [0, " + available
                    + "], the number of examples in "
                    + from.map(QuestionFile::name).orElse("no file; name one with --fewshot-from"));
        }
    }

    /** The examples of each question. Draws go on from question to question, so the order of questions matters. */
    List<List<Question>> of(List<Question> asked) {
        if (count == 0) {
            return Collections.nCopies(asked.size(), List.of());
        }
        List<Question> file = from.orElseThrow().questions();
        if (seed.isEmpty()) {
            return Collections.nCopies(asked.size(), file.subList(0, count));
        }
        PythonRandom random = new PythonRandom(seed.get());
        List<List<Question>> shots = new ArrayList<>();
        for (int question = 0; question < asked.size(); question++) {
            List<Question> drawn = new ArrayList<>();
            for (int index : random.sample(file.size(), count)) {
                drawn.add(file.get(index));
            }
            shots.add(drawn);
        }
        return shots;
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("count", count);
        from.filter(file -> count > 0)
                .ifPresent(file -> json.put("from", file.name())
                        .put("from_sha256", file.sha256())
                        .put("order", seed.isPresent() ? "sampled" : "first"));
        seed.filter(value -> count > 0).ifPresent(value -> json.put("seed", value));
        return json;
    }
}
