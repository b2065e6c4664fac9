package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.models.BundledModel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the models that are at hand. */
@Command(
        name = "models",
        description = "List the bundled models and those in the cache folder, with what --model takes.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ModelsCommand implements Runnable {
    private final Terminal terminal;

    @Mixin
    private final CacheFolder cacheFolder;

    ModelsCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.cacheFolder = new CacheFolder(environment);
    }

    @Override
    public void run() {
        ConvertedModels models = new ConvertedModels(cacheFolder.path());
        Set<Path> listed = new HashSet<>();
        for (BundledModel model : BundledModel.values()) {
            Path folder = models.folder(model);
            Optional<ModelFolder> converted = ConvertedModels.read(folder);
            listed.add(folder);
            print(model.toString(), converted.map(ModelsCommand::describe).orElse("to be converted on first use"));
        }
        for (ModelFolder folder : models.all()) {
            if (!listed.contains(folder.path())) {
                print(folder.path().toString(), describe(folder));
            }
        }
    }

    private void print(String name, String description) {
        terminal.out().println(name + ": " + description);
    }

    private static String describe(ModelFolder folder) {
        return "converted, " + folder.weights().name().toLowerCase(Locale.ROOT) + ", " + folder.spec();
    }
}
