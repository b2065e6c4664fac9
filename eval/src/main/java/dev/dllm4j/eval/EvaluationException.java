package dev.dllm4j.eval;

/** An evaluation that ends before its last question. What was answered is kept, and a resumed run goes on from there. */
public final class EvaluationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    EvaluationException(String message) {
        super(message);
    }
}
