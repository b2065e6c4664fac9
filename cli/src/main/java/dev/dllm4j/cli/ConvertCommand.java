package dev.dllm4j.cli;

import dev.dllm4j.decoder.ModelTrial;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.Converter;
import dev.dllm4j.decoder.convert.LossCheck;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.convert.TemplateChoice;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.family.FamilyOptions;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Converts a checkpoint. */
@Command(
        name = "convert",
        description = "Convert a Hugging Face checkpoint to a folder that --model takes.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class ConvertCommand implements Runnable {
    private static final int LONGEST_EXPRESSION = 200;
    private static final int LONGEST_WARNING = 1000;

    private final Terminal terminal;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "HF_DIR",
            description = "Folder with config.json and *.safetensors, or one converted to f32, f16 or bf16.")
    private Path checkpoint = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT_DIR", description = "Folder to create.")
    private Path output = Path.of("");

    @Option(
            names = {"--weights", "--dtype"},
            paramLabel = "TYPE",
            description =
                    "Weights as f32, f16, bf16, int8, int4 or mixed (int4, and int8 where int4 loses most). Default"
                            + " f32.")
    private WeightType type = WeightType.F32;

    @Option(
            names = "--check",
            paramLabel = "N",
            description =
                    "Measure what the weights lose: answer the first N of the starter's questions, at most 500, with"
                            + " the checkpoint's own numbers, too, each in 64 positions by the model's recipe. Gives the share of"
                            + " equal tokens, and the mean KL divergence of rows at every second step.")
    private @Nullable Integer check;

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description = "A chat template in place of the checkpoint's, or none. Default: the checkpoint's.")
    private @Nullable TemplateChoice template;

    @Option(
            names = "--ignore-config",
            paramLabel = "KEY",
            description =
                    "Read config.json as if it had no such key; OUTER.INNER for one in an object. May be given several"
                            + " times.")
    private Set<String> ignored = Set.of();

    @Option(
            names = "--mask-id",
            paramLabel = "N",
            description = "Id of the mask token. Default: as the checkpoint's files or its family say.")
    private @Nullable Integer maskToken;

    @Option(
            names = "--block-length",
            paramLabel = "N",
            description = "Positions of a block, for a model that sees block by block. Default: config.json's, or its"
                    + " family's.")
    private @Nullable Integer blockLength;

    @Option(
            names = "--family",
            paramLabel = "KIND",
            description = "What an a2d checkpoint is: mdlm, which sees everything, or bd3lm, which sees block by block."
                    + " Default: as its folder's name says.")
    private FamilyOptions.@Nullable Kind kind;

    @Mixin
    private final CacheFolder cacheFolder;

    ConvertCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.cacheFolder = new CacheFolder(environment);
    }

    @Override
    public void run() {
        ModelOpener.keepLibraries(cacheFolder.path());
        FamilyOptions stated = Failures.usage(command, this::stated);
        ConvertOptions options =
                new ConvertOptions(type, ignored, template == null ? new TemplateChoice.Own() : template, stated);
        List<String> warnings = new ArrayList<>();
        ModelFolder folder;
        Optional<CheckQuestions> questions =
                Failures.usage(command, () -> Optional.ofNullable(check).map(CheckQuestions::first));
        try (ProgressBar progress = new ProgressBar(terminal)) {
            Optional<LossCheck> lossCheck = questions.map(asked -> asked.check(progress, warnings::add));
            folder = Converter.convert(checkpoint, output, options, progress, new ModelTrial(warnings::add), lossCheck);
        }
        if (options.template() instanceof TemplateChoice.Own
                && ChatTemplate.read(output).isEmpty()) {
            warnings.add(
                    "the checkpoint has no chat template (chat_template.json is not read), so the messages of a chat"
                            + " are joined as they are; name one with --chat-template FILE, or none with --chat-template"
                            + " none");
        }
        terminal.out().println(output + ": " + folder.spec());
        terminal.out().println("  recipe: " + folder.recipe());
        folder.loss().ifPresent(loss -> terminal.out().println("  loss: " + loss));
        warnings.forEach(warning -> terminal.err().println("warning: " + Quote.of(warning, LONGEST_WARNING)));
        HfTokenizer.unknownExpressions(output).forEach(this::warn);
    }

    private FamilyOptions stated() {
        return new FamilyOptions(optional(maskToken), optional(blockLength), Optional.ofNullable(kind));
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private void warn(String expression) {
        String shown = Quote.of(expression, LONGEST_EXPRESSION);
        terminal.err()
                .println(
                        "warning: the tokenizer brings an expression of its own, which no known tokenizer has: " + shown
                                + "; some texts may make it end the process, so serve the model only if you trust its"
                                + " source");
    }
}
