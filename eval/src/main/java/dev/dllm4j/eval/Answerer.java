package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Consumer;

/** What is evaluated: a model of this process under one configuration, or a server. */
public interface Answerer {
    /** What tells its answers from another's, as results record it: settings, identity of the weights. */
    ObjectNode json();

    /**
     * Asks questions, several at once where that is faster, and hands each one's line over as soon as it is known, on
     * the calling thread and in any order.
     *
     * @param lines as {@code items.jsonl} has them
     */
    void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines);
}
