package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.cli.CommandRun.Surroundings;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
    private static final String ESCAPE = "\u001b";

    static Stream<Arguments> wrongUsage() {
        return Stream.of(
                wrong("unknown command genrate; did you mean generate? See dllm4j --help", "genrate"),
                wrong("unknown command xyz; see dllm4j --help", "xyz"),
                wrong("Unknown subcommand 'xyz'; see dllm4j --help", "help", "xyz"),
                wrong(
                        "unknown option --stratgy; did you mean --strategy? See dllm4j generate --help",
                        "generate",
                        "--stratgy",
                        "x"),
                wrong(
                        "unexpected argument 'words'; put a prompt of several words in quotes; see dllm4j generate"
                                + " --help",
                        "generate",
                        "two",
                        "words"),
                wrong(
                        "PROMPT is missing; give the question in quotes, or - to read it from standard input",
                        "generate"),
                wrong(
                        "PROMPT is empty; give the question in quotes, or - to read it from standard input",
                        "generate",
                        " "),
                wrong(
                        "PROMPT is empty; give the question in quotes, or - to read it from standard input",
                        "generate",
                        "-"),
                generate("--live and --json both want standard output; give one of them", "--live", "--json"),
                generate(
                        "window is lines; known are blocks(32), blocks(4,from=start), leftmost(16), all",
                        "--window",
                        "lines"),
                generate("length of blocks is x; it must be a whole number, e.g. 32", "--window", "blocks(x)"),
                generate(
                        "cache is paged; known are none, prefix, dual, elastic(gamma=0.9,track=1), dllm-cache, blocks",
                        "--cache",
                        "paged"),
                generate(
                        "stop rule is never; known are eot, eot(when=block), eotp, eos-freeze, full",
                        "--stop",
                        "never"),
                generate("device is tpu; known are cpu, cuda, cuda:N", "--device", "tpu"),
                generate("cache type is f8; known are f32, f16", "--cache-type", "f8"),
                generate(
                        "cache type is f16 and device is cuda:0; only on the CPU are rows kept so, so use --cache-type f32"
                                + " or --device cpu",
                        "--cache-type=f16",
                        "--device=cuda"),
                generate("threads is -1; it must be within [0, 1024], 0 for all cores", "--threads", "-1"),
                generate("--gen-length is x; it must be a whole number", "--gen-length", "x"),
                generate("--temperature is hot; it must be a number", "--temperature", "hot"),
                generate(
                        "temperature is -1.0; it must be within [0, 100], 0 for the best token", "--temperature", "-1"),
                generate("top-p is 0.0; it must be within (0, 1], 1 for all tokens", "--top-p", "0"),
                generate("guidance is -2.0; it must be within [0, 1000], 0 for none", "--guidance", "-2"),
                generate("guidance is 1.0E38; it must be within [0, 1000], 0 for none", "--guidance", "1e38"),
                generate(
                        "steps is 60 for gen length 100 in blocks of 32; a whole block must get a whole number of them, e.g. steps 50",
                        "--strategy=schedule",
                        "--gen-length=100",
                        "--steps=60"),
                generate("block length is 0; it must be at least 1", "--block-length", "0"),
                generate(
                        "window is all and block length is 16; they contradict each other, so give one of them",
                        "--window",
                        "all",
                        "--block-length",
                        "16"),
                generate(
                        "window is blocks(4,from=start) and block length is 8; they contradict each other, so give one of them",
                        "--window=blocks(4,from=start)",
                        "--block-length=8"),
                generate("Missing required parameter for option '--seed' (S); see dllm4j generate --help", "--seed"),
                wrong("Missing required parameter: 'OUT_DIR'; see dllm4j convert --help", "convert", "a"),
                wrong(
                        "--weights is f8; it must be one of f32, f16, bf16, int8, int4, mixed",
                        "convert",
                        "a",
                        "b",
                        "--weights",
                        "f8"),
                wrong(
                        "--check is 0; it must be within [1, 500], as many questions as come along",
                        "convert",
                        "a",
                        "b",
                        "--check",
                        "0"),
                wrong(
                        "--check is -1; it must be within [1, 500], as many questions as come along",
                        "convert",
                        "a",
                        "b",
                        "--check=-1"),
                wrong(
                        "--check is 501; it must be within [1, 500], as many questions as come along",
                        "convert",
                        "a",
                        "b",
                        "--check",
                        "501"),
                wrong("--check is x; it must be a whole number", "convert", "a", "b", "--check", "x"),
                wrong("--family is sdar; it must be one of mdlm, bd3lm", "convert", "a", "b", "--family", "sdar"),
                wrong("block length is 0; it must be at least 1", "convert", "a", "b", "--block-length", "0"),
                wrong("mask id is -1; token ids are at least 0", "convert", "a", "b", "--mask-id=-1"),
                wrong("Missing required option: '--out=DIR'; see dllm4j eval --help", "eval", "--dataset", "starter"),
                wrong(
                        "task is gsm; known are plain, gsm8k, gsm8k_cot, gsm8k_cot_zeroshot",
                        "eval",
                        "--dataset=starter",
                        "--out=none",
                        "--task=gsm"),
                wrong(
                        "fewshot is 5; it must be within [0, 0], the number of examples in no file; name one with"
                                + " --fewshot-from",
                        "eval",
                        "--dataset=starter",
                        "--out=none",
                        "--fewshot=5"),
                wrong(
                        "--against is http://localhost:1; a server decodes as it was told to, so leave out --strategy",
                        "eval",
                        "--dataset=starter",
                        "--out=none",
                        "--against=http://localhost:1",
                        "--strategy=topk"),
                wrong("none is no folder; name one that 'dllm4j eval --out' wrote", "tournament", "none"),
                wrong(
                        "none has no summary.json; name a folder that 'dllm4j eval --out' wrote, or one in it",
                        "compare",
                        "none",
                        "none"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongUsage(List<String> arguments, String message) {
        CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertThat(run.err()).startsWith("dllm4j: " + message);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @Test
    void aStackTraceComesOnlyWithVerbose() {
        CommandRun run = CommandRun.of("generate", "x", "--window", "lines", "--verbose");
        assertThat(run.err()).startsWith("dllm4j: window is lines").contains("\tat dev.dllm4j");
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @Test
    void aModelFolderThatIsNoneIsNoMatterOfUsage(@TempDir Path folder) {
        CommandRun run =
                CommandRun.of("generate", "x", "--model", folder.resolve("none").toString());
        assertThat(run.err()).startsWith("dllm4j: ").contains(folder.toString());
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void aPromptThatTheLocaleMangledIsRefused() {
        assertThat(CommandRun.of("generate", "caf\ufffd").err()).contains("PROMPT", "UTF-8");
    }

    @Test
    void aTextWithSlotsThatTheLocaleMangledIsRefused() {
        assertThat(CommandRun.of("generate", "--infill", "caf\ufffd [MASK:1]").err())
                .isEqualTo(
                        "dllm4j: --infill has characters that are not UTF-8, or that the locale cannot pass on; give it"
                                + " in UTF-8 and run with LC_ALL=C.UTF-8\n");
    }

    @Test
    void withoutACommandTheCommandsAreListed() {
        CommandRun run = CommandRun.of();
        assertThat(run.err()).contains("Usage: dllm4j", "generate", "serve", "eval", "convert", "models");
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "generate",
                "serve",
                "eval",
                "compare",
                "tournament",
                "bench",
                "report",
                "convert",
                "replay",
                "models"
            })
    void everyCommandHasHelpThatFitsATerminal(String command) {
        CommandRun run = CommandRun.of(command, "--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).startsWith("Usage: dllm4j " + command).contains("--help", "--verbose");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void helpIsACommandToo() {
        assertThat(CommandRun.of("help"))
                .satisfies(run -> assertThat(run.exitCode()).isZero())
                .satisfies(run ->
                        assertThat(run.out()).isEqualTo(CommandRun.of("--help").out()));
        assertThat(CommandRun.of("help", "eval").out())
                .isEqualTo(CommandRun.of("eval", "--help").out());
    }

    /** Usage, hints and answers alike: what a terminal is sent may be styled, what goes elsewhere never is. */
    @Test
    void helpIsStyledOnATerminalAlone() {
        Surroundings terminal = Surroundings.NONE.terminal();
        assertThat(terminal.run("help").out()).contains(ESCAPE);
        assertThat(terminal.run().err()).contains(ESCAPE);
        Surroundings noColor = terminal.noColor();
        for (String[] arguments : new String[][] {{}, {"help"}, {"eval", "--help"}}) {
            assertThat(CommandRun.of(arguments))
                    .as("elsewhere")
                    .matches(run -> !run.toString().contains(ESCAPE));
            assertThat(noColor.run(arguments))
                    .as("NO_COLOR")
                    .matches(run -> !run.toString().contains(ESCAPE));
        }
    }

    @Test
    void helpNamesTheRecipeWhereItHolds() {
        String help = CommandRun.of("generate", "--help").out().replaceAll("\\s+", " ");
        assertThat(Stream.of("--strategy", "--cache", "--window", "--stop", "--gen-length"))
                .allSatisfy(option -> assertThat(help)
                        .containsPattern(option + "=[A-Z]+ (?:(?! --[a-z-]+=).)*?Default: the model's recipe"));
    }

    @Test
    void helpNamesEveryStrategy() {
        String help = CommandRun.of("generate", "--help").out().replaceAll("\\s+", " ");
        String strategies = help.substring(help.indexOf("Which masks commit: "), help.indexOf(" --cache="));
        List<String> named = List.of(strategies
                .substring("Which masks commit: ".length(), strategies.indexOf(". Default:"))
                .split(", | or "));
        assertThat(named.stream().map(UsageTest::nameOf))
                .containsExactlyElementsOf(UnmaskingStrategy.EXAMPLES.stream()
                        .map(UsageTest::nameOf)
                        .toList());
    }

    @Test
    void theVersionSaysWhatItRunsOn() {
        assertThat(CommandRun.of("--version").out()).startsWith("dllm4j ").contains("Java " + Runtime.version());
    }

    private static String nameOf(String spec) {
        return spec.replaceFirst("\\(.*", "");
    }

    private static Arguments generate(String message, String... options) {
        return wrong(
                message,
                Stream.concat(Stream.of("generate", "x"), Stream.of(options)).toArray(String[]::new));
    }

    private static Arguments wrong(String message, String... arguments) {
        return Arguments.of(List.of(arguments), message);
    }
}
