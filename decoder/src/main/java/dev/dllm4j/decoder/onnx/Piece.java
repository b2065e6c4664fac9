package dev.dllm4j.decoder.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One graph of a model folder. Every output is written in place. Its session is kept, or loaded for each run and given up
 * after it, so that of many pieces one is in memory at a time.
 */
final class Piece implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession.SessionOptions options;
    private final Path file;
    private final Set<String> inputs;
    private final String name;
    private final @Nullable OrtSession kept;

    private Piece(
            OrtEnvironment environment,
            OrtSession.SessionOptions options,
            Path file,
            Set<String> inputs,
            boolean keeps) {
        this.environment = environment;
        this.options = options;
        this.file = file;
        this.inputs = inputs;
        this.name = file.getFileName().toString();
        this.kept = keeps ? load() : null;
    }

    /** How a piece is opened. */
    interface Opener {
        Piece open(OrtEnvironment environment, OrtSession.SessionOptions options, Path file, Set<String> inputs);
    }

    /** @param inputs names the caller will feed; a file with others was not written by this version */
    static Piece open(OrtEnvironment environment, OrtSession.SessionOptions options, Path file, Set<String> inputs) {
        return new Piece(environment, options, file, inputs, true);
    }

    /**
     * Loads nothing yet: each run does. Sizes of inputs and outputs are not looked at.
     *
     * @param options stay open as long as the piece
     */
    static Piece openInPassing(
            OrtEnvironment environment, OrtSession.SessionOptions options, Path file, Set<String> inputs) {
        return new Piece(environment, options, file, inputs, false);
    }

    private OrtSession load() {
        OrtSession session;
        try {
            session = environment.createSession(file.toString(), options);
        } catch (OrtException e) {
            throw new ModelException(
                    file + " cannot be loaded: " + OrtProcess.firstLine(e) + "; convert the model again", e);
        }
        if (!session.getInputNames().equals(inputs)) {
            ModelException other = new ModelException(file + " has inputs " + session.getInputNames() + " in place of "
                    + inputs + "; convert the model again with this version");
            close(session);
            throw other;
        }
        return session;
    }

    /** Refuses a graph whose input has other sizes; -1 is one that is not fixed. */
    void requireInput(String input, long... shape) {
        try {
            if (kept != null) {
                requireShape("input " + input, kept.getInputInfo().get(input), shape);
            }
        } catch (OrtException e) {
            throw new ModelException(name + " cannot be loaded: " + OrtProcess.firstLine(e), e);
        }
    }

    /** Refuses a graph whose output has other sizes; -1 is one that is not fixed. */
    void requireOutput(String output, long... shape) {
        try {
            if (kept != null) {
                requireShape("output " + output, kept.getOutputInfo().get(output), shape);
            }
        } catch (OrtException e) {
            throw new ModelException(name + " cannot be loaded: " + OrtProcess.firstLine(e), e);
        }
    }

    private void requireShape(String what, @Nullable NodeInfo found, long... shape) {
        if (found == null
                || !(found.getInfo() instanceof TensorInfo tensor)
                || !Arrays.equals(tensor.getShape(), shape)) {
            String sizes = found != null && found.getInfo() instanceof TensorInfo other
                    ? Arrays.toString(other.getShape())
                    : "none";
            throw new ModelException("%s has %s of sizes %s, and dllm4j.json asks for %s; convert the checkpoint again"
                    .formatted(name, what, sizes, Arrays.toString(shape)));
        }
    }

    void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {
        OrtSession session = kept == null ? load() : kept;
        try {
            session.run(inputs, Set.of(), outputs).close();
        } catch (OrtException e) {
            throw new ModelException(name + " failed: " + OrtProcess.firstLine(e), e);
        } finally {
            if (kept == null) {
                close(session);
            }
        }
    }

    @Override
    public void close() {
        if (kept != null) {
            close(kept);
        }
    }

    private void close(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new ModelException(name + " cannot be closed: " + OrtProcess.firstLine(e), e);
        }
    }
}
