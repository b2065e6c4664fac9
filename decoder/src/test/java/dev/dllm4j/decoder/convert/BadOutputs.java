package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.BadInput.input;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Output folders that cannot be. */
final class BadOutputs {
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
                        "parent is not a folder",
                        "create"),
                input(
                        "parent a file",
                        (in, out) -> {
                            Files.delete(out.getParent());
                            Files.writeString(out.getParent(), "x");
                        },
                        "parent is not a folder",
                        "create"),
                input(
                        "no permission",
                        BadOutputs::forbidWriting,
                        "models cannot be written",
                        "permission denied",
                        "allow"));
    }

    private static void forbidWriting(Path checkpoint, Path output) {
        Path parent = output.resolveSibling(".");
        parent.toFile().setWritable(false);
        assumeFalse(Files.isWritable(parent), "root may write everywhere");
    }
}
