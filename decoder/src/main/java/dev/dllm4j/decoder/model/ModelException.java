package dev.dllm4j.decoder.model;

/**
 * A model folder, checkpoint or native session is not what it should be. The operator acts: the message names the file
 * (and tensor, input or option), what is wrong with it, and the remedy, in one line.
 */
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
