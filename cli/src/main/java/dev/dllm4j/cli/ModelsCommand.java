package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.models.BundledModel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the models that are at hand. */
@Command(
        name = "models",
        description = "List the bundled models and those in the cache folder, with what --model takes.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ModelsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final CacheFolder cacheFolder;

    ModelsCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.cacheFolder = new CacheFolder(environment);
    }

    @Option(
            names = "--verify",
            description = "Read every file of the converted models, and compare its SHA-256 with what was converted.")
    private boolean verify;

    @Override
    public Integer call() {
        ConvertedModels models = new ConvertedModels(cacheFolder.path());
        Set<Path> listed = new HashSet<>();
        boolean sound = true;
        for (BundledModel model : BundledModel.values()) {
            Path folder = models.folder(model);
            Optional<ModelFolder> converted = ConvertedModels.read(folder);
            listed.add(folder);
            print(model.toString(), converted.map(ModelsCommand::describe).orElse("to be converted on first use"));
            sound &= converted.map(this::sound).orElse(true);
        }
        for (ModelFolder folder : models.all()) {
            if (!listed.contains(folder.path())) {
                print(folder.path().toString(), describe(folder));
                sound &= sound(folder);
            }
        }
        return sound ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    /** Whether every file is what was converted, or nobody asked. */
    private boolean sound(ModelFolder folder) {
        if (!verify) {
            return true;
        }
        try {
            folder.verify();
            terminal.out().println("  verified, " + folder.files().size() + " files");
            return true;
        } catch (ModelException e) {
            terminal.err().println("dllm4j: " + e.getMessage());
            return false;
        }
    }

    private void print(String name, String description) {
        terminal.out().println(name + ": " + description);
    }

    private static String describe(ModelFolder folder) {
        return "converted, " + folder.weights().name().toLowerCase(Locale.ROOT) + ", " + folder.spec();
    }
}
