package dev.dllm4j.decoder.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.Main;

/** Runs JMH with the arguments given, on models that are converted anew. */
final class Benchmarks {
    private Benchmarks() {}

    public static void main(String[] arguments) throws IOException {
        BenchmarkModel.discardAll();
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!all.contains("-prof")) {
            all.addAll(List.of("-prof", "gc", "-prof", CpuTimeProfiler.class.getName()));
        }
        Main.main(all.toArray(new String[0]));
    }
}
