package dev.dllm4j.cli.docs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A folder in which a page's reader could sit: the launcher, the docs and the bundled models lie there as in the
 * project, and what one command writes the next one finds. Ports that pages name are free ones here.
 */
final class Workshop implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final List<String> LINKS = List.of("dllm4j", "models");
    private static final List<String> PORTS = List.of("8080", "8443", "8000");

    private final Path root;
    private final Path folder;
    private final Map<String, String> ports = new LinkedHashMap<>();
    private final List<Process> servers = new ArrayList<>();
    private int outputs;

    /** What a command came to. */
    record Outcome(int exitCode, String output) {}

    Workshop(Path root, Path folder) throws IOException {
        this.root = root;
        this.folder = folder;
        for (String link : LINKS) {
            Files.createSymbolicLink(folder.resolve(link), root.resolve(link));
        }
        copy(root.resolve("docs"), folder.resolve("docs"));
        // Without it a refused request is a success to curl.
        Files.writeString(folder.resolve(".curlrc"), "fail-with-body\nsilent\nshow-error\n");
        for (String port : PORTS) {
            ports.put(port, freePort());
        }
    }

    /** Whether a program is on the PATH. */
    static boolean has(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
    }

    /** A text with this workshop's ports in place of the page's. */
    String withPorts(String text) {
        String replaced = text;
        for (Map.Entry<String, String> port : ports.entrySet()) {
            replaced = replaced.replaceAll("\\b" + port.getKey() + "\\b", port.getValue());
        }
        return replaced;
    }

    /** Runs a command to its end, which it has five minutes to reach. */
    Outcome run(String command) throws IOException, InterruptedException {
        Path output = output();
        Process process = start(command, output);
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            end(process);
            return new Outcome(-1, read(output) + "\n(not done after " + PATIENCE + ")");
        }
        return new Outcome(process.exitValue(), read(output));
    }

    /** Runs a command until its output has a text, and lets it go on; its exit code is 0 where it does. */
    Outcome serve(String command, String ready) throws IOException, InterruptedException {
        Path output = output();
        Process process = start(command, output);
        servers.add(process);
        Instant end = Instant.now().plus(PATIENCE);
        while (!read(output).contains(ready)
                && process.isAlive()
                && Instant.now().isBefore(end)) {
            Thread.sleep(50);
        }
        return new Outcome(read(output).contains(ready) ? 0 : -1, read(output));
    }

    void stopServers() {
        servers.forEach(Workshop::end);
        servers.clear();
    }

    @Override
    public void close() throws IOException {
        stopServers();
        for (String link : LINKS) {
            Files.delete(folder.resolve(link));
        }
    }

    private Process start(String command, Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", withPorts(command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put("ROOT", root.toString());
        builder.environment().put("CURL_HOME", folder.toString());
        builder.environment().put("KEY", "a key of this check");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private Path output() {
        return folder.resolve(".output-" + outputs++);
    }

    private static String read(Path output) throws IOException {
        return new String(Files.readAllBytes(output), UTF_8);
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join();
    }

    private static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
