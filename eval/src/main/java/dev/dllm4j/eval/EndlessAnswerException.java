package dev.dllm4j.eval;

import java.io.IOException;

/** A server that says more, or for longer, than is listened to. */
final class EndlessAnswerException extends IOException {
    private static final long serialVersionUID = 1;

    EndlessAnswerException(String message) {
        super(message);
    }
}
