package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.CommandRun.Surroundings;
import dev.dllm4j.decoder.convert.ModelFolder;
import dev.dllm4j.decoder.convert.WeightLoss;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.models.BundledModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
    @TempDir
    Path folder;

    private Path checkpoint;
    private Path output;

    @BeforeEach
    void writeACheckpoint() {
        checkpoint = folder.resolve("checkpoint");
        output = folder.resolve("model");
        BundledModel.STARTER.extract(checkpoint);
    }

    @Test
    void itSaysWhatItWroteAndHowMuch() {
        CommandRun run = CommandRun.of("convert", checkpoint.toString(), output.toString());
        ModelFolder written = ModelFolder.read(output);
        assertThat(run.out()).isEqualTo(output + ": " + written.spec() + "\n  recipe: " + written.recipe() + "\n");
        assertThat(run.err()).matches("(\\S+ MiB) of \\1, (\\d+) of \\2 tensors\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void weightsMayBeHalved() {
        CommandRun run = CommandRun.of("convert", checkpoint.toString(), output.toString(), "--weights", "bf16");
        assertThat(run.exitCode()).isZero();
        assertThat(ModelFolder.read(output).weights().type()).isEqualTo(WeightType.BF16);
    }

    @Test
    void whatTheWeightsLoseIsPrintedAndListed() {
        CommandRun run =
                CommandRun.of("convert", checkpoint.toString(), output.toString(), "--weights", "int8", "--check", "2");
        assertThat(run.exitCode()).isZero();
        WeightLoss loss = ModelFolder.read(output).loss().orElseThrow();
        assertThat(loss.prompts()).isEqualTo(2);
        assertThat(loss.genLength()).isEqualTo(64);
        assertThat(loss.equalTokens()).isGreaterThan(0.9);
        assertThat(loss.divergence()).isBetween(1e-9, 0.05);
        assertThat(run.out().lines()).element(2).isEqualTo("  loss: " + loss);
        assertThat(run.err()).matches("(\\S+ MiB) of \\1, (\\d+) of \\2 tensors\n");
        assertThat(CommandRun.of("models", output.toString()).out().lines())
                .element(3)
                .isEqualTo("  loss: " + loss);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("checkpoint", "model");
    }

    @Test
    void aTerminalSeesHowFarTheCheckIs() {
        CommandRun run = Surroundings.NONE
                .terminal()
                .run("convert", checkpoint.toString(), output.toString(), "--weights", "int8", "--check", "1");
        assertThat(run.err()).contains(" of 128 positions decoded");
    }

    @Test
    void weightsThatLoseNothingAreNotChecked() {
        CommandRun run = CommandRun.of("convert", checkpoint.toString(), output.toString(), "--check", "20");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("dllm4j: weights as f32 keep every number of " + checkpoint
                        + ", so that there is no loss to check; leave the check out, or choose weights that lose some,"
                        + " e.g. int8\n");
        assertThat(output).doesNotExist();
    }

    @Test
    void aTerminalSeesABarThatGoesAwayAtTheEnd() {
        CommandRun run = Surroundings.NONE.terminal().run("convert", checkpoint.toString(), output.toString());
        assertThat(run.err()).contains("\u2501");
        assertThat(run.err().substring(run.err().lastIndexOf('\r'))).matches("\r\u001b\\[K\\S+ MiB of .* tensors\n");
    }

    @Test
    void anExpressionThatNoKnownTokenizerHasIsNamed() throws IOException {
        Path tokenizer = checkpoint.resolve("tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer).replace("[.,?]", "ab|\\u001b[c]"));

        CommandRun run = CommandRun.of("convert", checkpoint.toString(), output.toString());

        assertThat(run.err())
                .endsWith("warning: the tokenizer brings an expression of its own, which no known tokenizer has:"
                        + " ab| [c]; some texts may make it end the process, so serve the model only if you trust its"
                        + " source\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void aFolderThatIsNoCheckpointIsAFailureInOneLine() {
        CommandRun run = CommandRun.of("convert", folder.toString(), output.toString());
        assertThat(run.err()).startsWith("dllm4j: ").contains("config.json");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void anUnknownKeyIsRefusedUnlessItIsIgnored() throws IOException {
        Path config = checkpoint.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"logit_scale\": 2,"));

        CommandRun refused = CommandRun.of("convert", checkpoint.toString(), output.toString());
        assertThat(refused.err()).contains("logit_scale is 2", "--ignore-config logit_scale");
        assertThat(refused.err().lines()).hasSize(1);
        assertThat(output).doesNotExist();

        CommandRun gone =
                CommandRun.of("convert", checkpoint.toString(), output.toString(), "--ignore-config", "logit_scale");
        assertThat(gone.exitCode()).isZero();
    }

    @Test
    void aTemplateThatCannotBeRenderedIsReplacedOrLeftOut() throws IOException {
        Path template = checkpoint.resolve("chat_template.jinja");
        Path config = checkpoint.resolve("tokenizer_config.json");
        Files.writeString(config, "{}");
        Files.writeString(template, "{% import 'x' as y %}");

        CommandRun refused = CommandRun.of("convert", checkpoint.toString(), output.toString());
        assertThat(refused.err())
                .contains("line 1", "import", "--chat-template FILE")
                .doesNotContain(".work");
        assertThat(refused.exitCode()).isEqualTo(1);

        Path mine = Files.writeString(folder.resolve("mine.jinja"), "{{ messages[0].content }}");
        for (String choice : new String[] {"none", mine.toString()}) {
            Path model = folder.resolve("model-" + choice.length());
            assertThat(CommandRun.of("convert", checkpoint.toString(), model.toString(), "--chat-template", choice)
                            .exitCode())
                    .isZero();
        }
    }
}
