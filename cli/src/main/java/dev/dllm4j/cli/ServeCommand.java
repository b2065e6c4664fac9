package dev.dllm4j.cli;

import dev.dllm4j.decoder.Decoder;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Answers over HTTP until it is stopped. */
@Command(
        name = "serve",
        description = "Answer over HTTP, as OpenAI's interface does, until stopped.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ServeCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Mixin
    private final ModelOptions model;

    @Mixin
    private final ServeOptions options = new ServeOptions();

    ServeCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.model = new ModelOptions(environment);
    }

    @Override
    public void run() {
        // Serving is a class of its own, so that other commands load none of the server's.
        Serving serving = Failures.usage(command, () -> new Serving(options, model.runtime(), id()));
        try (Decoder decoder = model.open(terminal)) {
            serving.run(decoder, terminal);
        }
    }

    /** A folder is called by its own name. */
    private String id() {
        @Nullable Path last = Path.of(model.name()).toAbsolutePath().normalize().getFileName();
        return last == null ? model.name() : last.toString();
    }
}
