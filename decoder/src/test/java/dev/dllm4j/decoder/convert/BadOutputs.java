package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.BadInput.input;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.dllm4j.decoder.model.Architecture;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Output folders that cannot be. */
final class BadOutputs {
    private static final Shape WIDE = new Shape(Architecture.LLADA, 1, 1024, 8, 1, 8, 32, 64, true, DataType.F32, 1);

    private BadOutputs() {}

    static Stream<BadInput> outputs() {
        return Stream.of(
                input(
                        "output taken",
                        (in, out) ->
                                Files.writeString(Files.createDirectory(out).resolve("notes"), "x"),
                        "model is not empty",
                        "new folder"),
                input("output a file", (in, out) -> Files.writeString(out, "x"), "model is a file", "new folder"),
                input(
                        "no parent",
                        (in, out) -> Files.delete(out.resolveSibling("../models")),
                        "parent is no folder",
                        "create"),
                input(
                        "parent a file",
                        (in, out) -> {
                            Files.delete(out.getParent());
                            Files.writeString(out.getParent(), "x");
                        },
                        "parent is no folder",
                        "create"),
                input(
                        "no permission",
                        BadOutputs::forbidWriting,
                        "models cannot be written",
                        "permission denied",
                        "allow"),
                new BadInput(
                        "no space",
                        WIDE,
                        DataType.F32,
                        BadOutputs::growBeyondEveryDisk,
                        List.of("model needs", "MB free", "make space")));
    }

    private static void growBeyondEveryDisk(Path checkpoint, Path output) {
        try {
            SparseEmbedding.grow(checkpoint, WIDE, Integer.MAX_VALUE);
        } catch (IOException e) {
            Assumptions.abort("the file system here holds no sparse file of nine terabytes");
        }
    }

    private static void forbidWriting(Path checkpoint, Path output) {
        Path parent = output.resolveSibling(".");
        parent.toFile().setWritable(false);
        assumeFalse(Files.isWritable(parent), "root may write everywhere");
    }
}
