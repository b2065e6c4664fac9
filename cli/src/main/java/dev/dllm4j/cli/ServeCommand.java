package dev.dllm4j.cli;

import java.util.Map;
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
    private final ServeModels models;

    @Mixin
    private final ServeOptions options = new ServeOptions();

    ServeCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.models = new ServeModels(environment);
    }

    @Override
    public void run() {
        // Serving is a class of its own, so that other commands load none of the server's.
        Serving serving = Failures.usage(command, () -> new Serving(options, models.runtime(), models.byId()));
        serving.run(models.opener(), terminal);
    }
}
