package dev.dllm4j.decoder.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.Demand;
import dev.dllm4j.decoder.canvas.Predictions;
import dev.dllm4j.decoder.model.Guidance;
import dev.dllm4j.decoder.model.RowRequest;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import dev.dllm4j.decoder.testing.TinyModels;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a process of its own begins and ends with ONNX Runtime in it. */
class OrtProcessTest {
    private static final String PREDICTED = "predicted token ";
    private static final int SIGTERM = 15;

    @TempDir
    private Path folder;

    private @Nullable Path model;

    @Test
    void aLongCommandLineDoesNotKeepItFromStarting() throws IOException, InterruptedException {
        Process process = start("once", "p".repeat(8_000));
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).contains(PREDICTED);
    }

    @Test
    void aProcessThatIsKilledLeavesNothingAmongTheTemporaryFiles() throws IOException, InterruptedException {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Path natives = folder.resolve("natives");
        Process process = start("forever", "", "-Djava.io.tmpdir=" + temporary, "-Ddllm4j.natives=" + natives);
        BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        String line = output.readLine();
        while (line != null && !line.startsWith(PREDICTED)) {
            line = output.readLine();
        }
        assertThat(line).isNotNull();
        assertThat(temporary).isEmptyDirectory();
        process.destroyForcibly().waitFor();
        assertThat(temporary).isEmptyDirectory();
        assertThat(natives).isNotEmptyDirectory();
    }

    @Test
    void librariesInATemporaryFolderGoWithTheProcessOrTheNext() throws IOException, InterruptedException {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        String[] options = {"-Djava.io.tmpdir=" + temporary, "-Ddllm4j.natives=temp"};
        Process killed = start("forever", "", options);
        BufferedReader output = new BufferedReader(new InputStreamReader(killed.getInputStream(), UTF_8));
        String line = output.readLine();
        while (line != null && !line.startsWith(PREDICTED)) {
            line = output.readLine();
        }
        killed.destroyForcibly().waitFor();
        assertThat(temporary).isNotEmptyDirectory();
        Process next = start("once", "", options);
        String said = new String(next.getInputStream().readAllBytes(), UTF_8);
        assertThat(next.waitFor()).as(said).isZero();
        assertThat(temporary).isEmptyDirectory();
    }

    @RepeatedTest(4)
    void aSignalDuringAForwardEndsItWithoutACrash() throws IOException, InterruptedException {
        Process process = start("forever", "");
        assumeTrue(process.supportsNormalTermination(), "this system has no signal that asks a process to end");
        BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        String line = output.readLine();
        while (line != null && !line.startsWith(PREDICTED)) {
            line = output.readLine();
        }
        assertThat(line).isNotNull();
        process.destroy();
        assertThat(process.waitFor()).isEqualTo(128 + SIGTERM);
    }

    private Process start(String mode, String padding, String... options) throws IOException {
        if (model == null) {
            model = TinyModels.convert(folder, Shape.llada());
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:-CreateCoredumpOnCrash");
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), OrtProcessTest.class.getName()));
        command.addAll(List.of(model.toString(), mode, padding));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
        // What reads the command line is what this variable switches off.
        builder.environment().remove("ORT_DISABLE_TELEMETRY");
        builder.environment().put("HOME", folder.toString());
        return builder.start();
    }

    /** Opens the model folder that the first argument names and predicts one position, once or forever. */
    public static void main(String[] arguments) {
        try (OnnxModel model = OnnxModel.open(Path.of(arguments[0]), RuntimeOptions.DEFAULT)) {
            Canvas canvas = new Canvas(new int[] {1, 2}, 1, model.spec().maskToken());
            Demand demand = new Demand(1);
            demand.positions().add(2);
            Predictions predictions = new Predictions();
            Positions rows = Positions.of(0, 1, 2);
            List<RowRequest> requests =
                    List.of(new RowRequest(canvas, rows, demand, predictions, Guidance.NONE, null, () -> false));
            model.predict(requests);
            System.out.println(PREDICTED + predictions.token(0));
            while (arguments[1].equals("forever")) {
                model.predict(requests);
            }
        }
    }
}
