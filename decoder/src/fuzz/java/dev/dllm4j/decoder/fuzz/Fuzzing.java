package dev.dllm4j.decoder.fuzz;

import com.code_intelligence.jazzer.Jazzer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs one target under Jazzer, which mutates inputs towards code not reached before, and ends with a status other than
 * 0 at the first input that a target does not stand.
 */
public final class Fuzzing {
    private Fuzzing() {}

    /**
     * Takes the target's class, the seconds it may take, the folder with its seeds in {@code corpus/TARGET}, and the
     * folder for what is found.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String target = arguments[0];
        String name = target.substring(target.lastIndexOf('.') + 1);
        Path seeds = Path.of(arguments[2], "corpus", name);
        if (!Files.isDirectory(seeds)) {
            throw new IllegalArgumentException(
                    "seeds are " + seeds + "; it must be a folder with an input a file, so make it");
        }
        Path found = Files.createDirectories(Path.of(arguments[3], name));
        Path grown = Files.createDirectories(found.resolve("corpus"));
        Jazzer.main(List.of(
                        "--target_class=" + target,
                        "--instrumentation_includes=dev.dllm4j.**",
                        "--reproducer_path=" + found,
                        "-artifact_prefix=" + found + "/",
                        "-max_total_time=" + arguments[1],
                        "-max_len=65536",
                        "-timeout=10",
                        "-verbosity=0",
                        "-print_final_stats=1",
                        grown.toString(),
                        seeds.toString())
                .toArray(String[]::new));
    }
}
