package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.models.BundledModel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the models that are at hand. */
@Command(
        name = "models",
        description =
                "List models, their families, sizes and recipes: the bundled ones and those in the cache folder, or DIR.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ModelsCommand implements Callable<Integer> {
    private static final double TENTH_OF_A_GIGABYTE = 1e8;

    private final Terminal terminal;

    @Mixin
    private final CacheFolder cacheFolder;

    ModelsCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.cacheFolder = new CacheFolder(environment);
    }

    @Parameters(arity = "0..*", paramLabel = "DIR", description = "Converted folders to list in their place.")
    private List<Path> folders = List.of();

    @Option(
            names = "--verify",
            description = "Read every file of the converted models, and compare its SHA-256 with what was converted.")
    private boolean verify;

    @Override
    public Integer call() {
        return (folders.isEmpty() ? listAll() : listNamed()) ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    /** Whether those that were named are sound. */
    private boolean listNamed() {
        boolean sound = true;
        for (Path folder : folders) {
            sound &= list(folder.toString(), ModelFolder.read(folder));
        }
        return sound;
    }

    private boolean listAll() {
        ConvertedModels models = new ConvertedModels(cacheFolder.path());
        Set<Path> listed = new HashSet<>();
        boolean sound = true;
        for (BundledModel model : BundledModel.values()) {
            Path folder = models.folder(model);
            Optional<ModelFolder> converted = ConvertedModels.read(folder);
            listed.add(folder);
            if (converted.isEmpty()) {
                terminal.out().println(model + ": to be converted on first use");
            } else {
                sound &= list(model.toString(), converted.get());
            }
        }
        for (ModelFolder folder : models.all()) {
            if (!listed.contains(folder.path())) {
                sound &= list(folder.path().toString(), folder);
            }
        }
        return sound;
    }

    /** Whether the model is sound, or nobody asked. */
    private boolean list(String name, ModelFolder folder) {
        terminal.out().println(name + ": converted, " + folder.weights() + ", " + folder.spec());
        terminal.out()
                .println("  size: " + gigabytes(folder.diskBytes()) + " on disk, "
                        + gigabytes(folder.memory().bytes()) + " in memory");
        terminal.out().println("  recipe: " + folder.recipe());
        folder.loss().ifPresent(loss -> terminal.out().println("  loss: " + loss));
        return !verify || sound(folder);
    }

    /** Rounded up, so that what is small is more than nothing. */
    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GB", Math.ceil(bytes / TENTH_OF_A_GIGABYTE) / 10);
    }

    /** Whether every file is what was converted. */
    private boolean sound(ModelFolder folder) {
        try {
            folder.verify();
            terminal.out().println("  verified, " + folder.files().size() + " files");
            return true;
        } catch (ModelException e) {
            terminal.err().println("dllm4j: " + e.getMessage());
            return false;
        }
    }
}
