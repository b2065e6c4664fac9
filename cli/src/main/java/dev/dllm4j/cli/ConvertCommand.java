package dev.dllm4j.cli;

import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.DataType;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.text.HfTokenizer;
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
    private static final int LONGEST_EXPRESSION = 200;

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
        HfTokenizer.unknownExpressions(output).forEach(this::warn);
    }

    private void warn(String expression) {
        String line = expression.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]", " ");
        String shown = line.length() > LONGEST_EXPRESSION ? line.substring(0, LONGEST_EXPRESSION) + "…" : line;
        terminal.err()
                .println(
                        "warning: the tokenizer brings an expression of its own, which no known tokenizer has: " + shown
                                + "; some texts may make it end the process, so serve the model only if you trust its source");
    }
}
