package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Converts a checkpoint. */
@Command(
        name = "convert",
        description = "Convert a Hugging Face checkpoint to a folder that --model takes.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ConvertCommand implements Runnable {
    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "HF_DIR", description = "Folder with config.json and *.safetensors.")
    private Path checkpoint = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT_DIR", description = "Folder to create.")
    private Path output = Path.of("");

    @Option(names = "--dtype", paramLabel = "TYPE", description = "Weights as f32, f16 or bf16. Default f32.")
    private DataType type = DataType.F32;

    ConvertCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        ModelFolder folder;
        try (ProgressBar progress = new ProgressBar(terminal)) {
            folder = Converter.convert(checkpoint, output, new ConvertOptions(type), progress);
        }
        terminal.out().println(output + ": " + folder.spec());
    }
}
