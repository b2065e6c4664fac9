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

/** One graph of a model folder in its session. Every output is written in place. */
final class Piece implements AutoCloseable {
    private final String name;
    private final OrtSession session;

    private Piece(String name, OrtSession session) {
        this.name = name;
        this.session = session;
    }

    /**
     * @param inputs names the caller will feed; a file with others was not written by this version
     */
    static Piece open(OrtEnvironment environment, OrtSession.SessionOptions options, Path file, Set<String> inputs) {
        OrtSession session;
        try {
            session = environment.createSession(file.toString(), options);
        } catch (OrtException e) {
            throw new ModelException(
                    file + " cannot be loaded: " + OrtProcess.firstLine(e) + "; convert the model again", e);
        }
        Piece piece = new Piece(file.getFileName().toString(), session);
        if (!session.getInputNames().equals(inputs)) {
            piece.close();
            throw new ModelException(file + " has inputs " + session.getInputNames() + " in place of " + inputs
                    + "; convert the model again with this version");
        }
        return piece;
    }

    /** Refuses a graph whose input has other sizes; -1 is one that is not fixed. */
    void requireInput(String input, long... shape) {
        try {
            requireShape("input " + input, session.getInputInfo().get(input), shape);
        } catch (OrtException e) {
            throw new ModelException(name + " cannot be loaded: " + OrtProcess.firstLine(e), e);
        }
    }

    /** Refuses a graph whose output has other sizes; -1 is one that is not fixed. */
    void requireOutput(String output, long... shape) {
        try {
            requireShape("output " + output, session.getOutputInfo().get(output), shape);
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
        try {
            session.run(inputs, Set.of(), outputs).close();
        } catch (OrtException e) {
            throw new ModelException(name + " failed: " + OrtProcess.firstLine(e), e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new ModelException(name + " cannot be closed: " + OrtProcess.firstLine(e), e);
        }
    }
}
