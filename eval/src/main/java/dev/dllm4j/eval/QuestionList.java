package dev.dllm4j.eval;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The questions of a file, in its order. One without an id is called by its number; where another one's id is that
 * number, wherever it stands, {@code line-} comes before it, so that no two are called the same.
 */
final class QuestionList {
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();

    private record Entry(Question question, boolean named) {}

    /**
     * Adds a question.
     *
     * @param id as the file has it
     * @param number of the line or entry
     * @throws IllegalArgumentException if another one has the id
     */
    void add(Optional<String> id, int number, String question, String answer, boolean asked) {
        Question read = new Question(id.orElse(String.valueOf(number)), question, answer);
        if (asked) {
            read.requireNumber();
        }
        if (id.isPresent() && !ids.add(read.id())) {
            throw new IllegalArgumentException("id is " + OneLine.of(read.id(), 60) + "; an earlier line has it");
        }
        entries.add(new Entry(read, id.isPresent()));
    }

    /** All, each with an id of its own. */
    List<Question> questions() {
        Set<String> taken = new HashSet<>(ids);
        List<Question> questions = new ArrayList<>();
        for (Entry entry : entries) {
            Question question = entry.question();
            String id = question.id();
            while (!entry.named() && !taken.add(id)) {
                id = "line-" + id;
            }
            questions.add(new Question(id, question.question(), question.answer()));
        }
        return questions;
    }
}
