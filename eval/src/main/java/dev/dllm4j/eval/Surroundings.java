package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;

/** What results are made with and on, as they record it: versions and machine. */
final class Surroundings {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private Surroundings() {}

    static ObjectNode json() {
        Properties versions = new Properties();
        try (InputStream file = Objects.requireNonNull(
                Surroundings.class.getResourceAsStream("versions.properties"), "versions.properties")) {
            versions.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        versions.stringPropertyNames().stream()
                .sorted()
                .forEach(library -> json.put(library, versions.getProperty(library)));
        json.put("java", Runtime.version().toString());
        json.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        json.put("cpu", cpu());
        json.put("cores", Runtime.getRuntime().availableProcessors());
        return json;
    }

    /** The processor's name where the system tells it, its architecture otherwise. */
    private static String cpu() {
        String architecture = System.getProperty("os.arch");
        if (!Files.isReadable(CPU_INFO)) {
            return architecture;
        }
        try (Stream<String> lines = Files.lines(CPU_INFO)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(architecture);
        } catch (IOException | UncheckedIOException e) {
            return architecture;
        }
    }
}
