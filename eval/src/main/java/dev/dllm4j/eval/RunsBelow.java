package dev.dllm4j.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** Whether a folder holds one run's files, or several runs' folders: an evaluation of one kind never goes on in the other. */
final class RunsBelow {
    private static final int SHOWN = 3;

    private RunsBelow() {}

    /**
     * Refuses a folder in which a resumed evaluation would begin anew beside what is there.
     *
     * @param several whether the evaluation has several runs
     */
    static void requireResumable(Path folder, boolean several) {
        if (several && isRun(folder)) {
            throw new IllegalArgumentException("out is " + folder + "; it holds a single run, and several are to go on;"
                    + " resume with the one --strategy and --cache of that run, or name another folder");
        }
        List<String> runs = several || isRun(folder) ? List.of() : runs(folder);
        if (!runs.isEmpty()) {
            String names = String.join(", ", runs.subList(0, Math.min(SHOWN, runs.size())))
                    + (runs.size() > SHOWN ? " and " + (runs.size() - SHOWN) + " more" : "");
            throw new IllegalArgumentException("out is " + folder + "; it holds the runs " + names
                    + ", and one run is to go on; resume with every --strategy and --cache of theirs, or one of them by"
                    + " --out " + folder.resolve(runs.get(0)));
        }
    }

    /** Names of the folders in it that are a run's. */
    private static List<String> runs(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (DirectoryStream<Path> below = Files.newDirectoryStream(folder, RunsBelow::isRun)) {
            TreeSet<String> names = new TreeSet<>();
            below.forEach(run -> names.add(OneLine.of(run.getFileName().toString(), 80)));
            return List.copyOf(names);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "out is " + folder + "; it cannot be read (" + e + "); check its permissions", e);
        }
    }

    private static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve(RunFolder.ABOUT))
                || Files.isRegularFile(folder.resolve(RunFolder.ITEMS));
    }
}
