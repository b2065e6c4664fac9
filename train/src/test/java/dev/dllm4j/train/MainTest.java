package dev.dllm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.models.BundledModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
    private static final String PROBLEM = "{\"question\": \"How many apples are left?\", \"answer\": \"#### 3\"}\n";

    @TempDir
    Path folder;

    record Outcome(int exitCode, String out, String err) {}

    @Test
    void problemsAreWrittenInTheLayoutThatEvaluationReads() {
        Path file = folder.resolve("test.jsonl");
        Outcome outcome = run("problems", "--count", "50", "--seed", "1", "--split", "test", "--out", file.toString());
        assertThat(outcome).isEqualTo(new Outcome(0, file + ": 50 problems\n", ""));
        assertThat(QuestionFile.read(file).questions()).hasSize(50);
    }

    @Test
    void helpIsACommandToo() {
        assertThat(run("help", "problems")).isEqualTo(run("problems", "--help"));
        assertThat(run("help", "problems").out()).startsWith("Usage: dllm4j train problems");
    }

    @Test
    void aRunSaysWhatItIsAndHowItGoes() {
        Outcome outcome = starter("--steps", "2", "--rows", "256");
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.err().lines().toList())
                .hasSizeGreaterThanOrEqualTo(3)
                .first()
                .asString()
                .startsWith("llada, 1 layers, d 8, 2 heads");
        assertThat(outcome.err()).contains("memory: about", "100 %, step 2, loss ", "samples/s, 0:00 left");
        assertThat(outcome.out()).startsWith(folder.resolve("run") + ": 2 steps, ");
    }

    @Test
    void blocksAreLearntFromTheWeightsOfABundledModel() {
        Outcome outcome = run(
                "starter",
                "--out",
                folder.resolve("run").toString(),
                "--steps",
                "1",
                "--rows",
                "64",
                "--init",
                "starter",
                "--attention",
                "block-causal");
        assertThat(outcome.exitCode()).isZero();
        assertThat(folder.resolve("run/config.json"))
                .content()
                .contains("\"attention\" : \"block_causal\"", "\"block_length\" : 8");
    }

    @Test
    void expertsAreAsWideTogetherAsOnePartUnlessTheirWidthIsGiven() {
        assertThat(starter("--steps", "1", "--rows", "64", "--experts", "4").err())
                .startsWith("llada_moe, 1 layers, d 8, 2 heads (2 kv), 4 experts of ffn 4, 2 active, ");
        assertThat(folder.resolve("run/config.json"))
                .content()
                .contains("\"num_experts\" : 4", "\"num_experts_per_tok\" : 2", "\"expert_intermediate_size\" : 4");
        assertThat(starter("--steps", "2", "--rows", "64", "--resume").err())
                .startsWith("llada_moe, 1 layers, d 8, 2 heads (2 kv), 4 experts of ffn 4, 2 active, ");
        assertThat(starter("--steps", "2", "--rows", "64", "--resume", "--experts", "4", "--active", "3")
                        .err())
                .endsWith("has attention everything, experts 4, active 2, expert width 4, not attention everything,"
                        + " experts 4, active 3, expert width 3; leave the options out to go on, or choose another"
                        + " folder\n");
    }

    @Test
    void expertsDoNotStartFromAModelWithoutThem() {
        Outcome outcome = starter("--steps", "1", "--rows", "64", "--experts", "4", "--init", "starter");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err())
                .endsWith("dllm4j: the model of --init has no experts; the model asked for has them, leave --init or"
                        + " --experts out\n");
    }

    @Test
    void aStartThatIsNoModelIsNamed() {
        assertThat(starter("--steps", "1", "--init", "nothing"))
                .isEqualTo(new Outcome(
                        1,
                        "",
                        "dllm4j: model is nothing; it must be a folder or the name of a bundled model, "
                                + Arrays.toString(BundledModel.values()) + "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    problems --out x                       | Missing required option: '--count=N'; see dllm4j train problems --help
                    problems --count x --out x             | --count is x; it must be a whole number
                    problems --count 5 --split no --out x  | --split is no; it must be one of [TRAIN, TEST]
                    problems --count 0 --out x             | count is 0; it must be at least 1
                    problems --count 5 --max-number 3 --out x | the largest number is 3; it must be within [20, 9999]
                    starter --out x                        | one of them must be positive, give --steps or --minutes
                    starter --out x --steps 1 --minutes 1  | one of them must be positive, give --steps or --minutes
                    starter --out x --steps 1 --width 10 --heads 4 | width must be a multiple of twice the heads
                    starter --out x --steps 1 --learning-rate 0 | learning rate is 0.0; it must be within (0, 1]
                    starter --out x --steps 1 --attention causal | --attention is causal; it must be one of [everything, block-causal]
                    starter --out x --steps 1 --block-length 8 | block length is 8; only attention block-causal has blocks, give --attention block-causal or leave it out
                    starter --out x --steps 1 --attention everything --block-length 8 | give --attention block-causal or leave it out
                    starter --out x --steps 1 --attention block-causal --block-length 0 | block length is 0; it must be within [1, 16777216], e.g. 4 or 32
                    starter --out x --steps 1 --attention block-causal --block-length 513 | block length is 513; it must be within [1, 512]
                    starter --out x --steps 1 --attention block-causal --block-length x | --block-length is x; it must be a whole number
                    starter --out x --steps 1 --attention block-causal --left-share 0 | --left-share is given; attention block-causal learns no ordered answers, leave it out
                    starter --out x --steps 1 --experts 1  | experts is 1; it must be within [2, 256]
                    starter --out x --steps 1 --experts 257 | experts is 257; it must be within [2, 256]
                    starter --out x --steps 1 --experts x  | --experts is x; it must be a whole number
                    starter --out x --steps 1 --experts 8 --active 9 | active is 9; it must be within [1, 8], the number of experts
                    starter --out x --steps 1 --experts 8 --active 0 | active is 0; it must be within [1, 8], the number of experts
                    starter --out x --steps 1 --experts 8 --expert-width 0 | expert width is 0; it must be at least 1
                    starter --out x --steps 1 --active 2   | active is 2; only a model with experts has such a number, give --experts or leave it out
                    starter --out x --steps 1 --expert-width 9 | expert width is 9; only a model with experts has such a number, give --experts or leave it out
                    starter --out x --steps 1 --experts 8 --attention block-causal | experts is 8 and rows see blocks of 8 from the start; a LLaDA-MoE's rows see everything, so leave out experts or block-causal attention
                    starter --out x --steps 1 --experts 8 --rows 9000000 --layers 400 | are free; choose fewer --rows or a smaller model
                    rainbow --out x                        | one of them must be positive, give --steps or --minutes
                    rainbow --out x --steps 1 --targets q_proj,o_proj | target o_proj matches nothing in a LLaDA layer; it has [q_proj, k_proj, v_proj, attn_out, ff_proj, up_proj, ff_out]
                    rainbow --out x --steps 1 --targets ,  | targets is []; name some of [q_proj, k_proj, v_proj, attn_out, ff_proj, up_proj, ff_out]
                    rainbow --out x --steps 1 --rank 0     | rank is 0; it must be within [1, 65536]
                    rainbow --out x --steps 1 --alpha 0    | alpha is 0.0; it must be a positive number
                    rainbow --out x --steps 1 --pads -1    | , 0 for end tokens alone
                    rainbow --out x --steps 1 --pads 33    | or name the first of as many unused ids with --first-pad, e.g. 126084 for LLaDA-8B
                    rainbow --out x --steps 1 --first-pad 0 | id 0 is no token of the model to pad with, choose fewer --pads or another --first-pad
                    rainbow --out x --steps 1 --resume     | x holds no checkpoint; leave --resume out to start a run
                    rainbow --out x --steps 1 --rows 16777216 | are free; choose fewer --rows or a smaller model
                    certainty --out x --steps 1 --answers 1 | answers is 1 and at once 16; they must be at least 2 and 1
                    certainty --out x --steps 1 --beta -1  | beta is -1.0; it must be 0 or above
                    certainty --out x --steps 1 --temperature 0 | temperature is 0.0; it must be above 0
                    certainty --out x --steps 1 --gen-length 40 | the second must divide the first, e.g. gen length 32
                    filter --out x --accept 2              | accept is 2.0; it must be within [0, 1]
                    filter --out x --updates 0             | updates is 0; it must be at least 1
                    filter --out x --problems 0            | problems is 0 and at once is 8; both must be at least 1
                    end-share --problems 0                 | problems is 0 and at once is 8; both must be at least 1
                    starter --out x --steps 1 --rows 9000000 --layers 400 | are free; choose fewer --rows or a smaller model
                    """)
    void wrongUsageIsOneLine(String arguments, String message) {
        Outcome outcome = run(arguments.strip().split("\\s+"));
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err().lines().reduce((first, last) -> last))
                .hasValueSatisfying(
                        line -> assertThat(line).startsWith("dllm4j: ").endsWith(message.strip()));
        assertThat(Path.of("x")).doesNotExist();
    }

    @Test
    void aBadLineOfADatasetIsNamedByItsNumber() throws IOException {
        assertRefused(PROBLEM + "{\"question\": 5}\n", "data.jsonl, line 2: question is not text");
        assertRefused(
                PROBLEM + PROBLEM.replace("apples", "zebras"),
                "data.jsonl, problem 2: it has a word outside the vocabulary");
        assertRefused("", "data.jsonl is empty");
        Files.delete(folder.resolve("data.jsonl"));
        assertThat(starter(
                                "--steps",
                                "1",
                                "--data",
                                folder.resolve("data.jsonl").toString())
                        .err())
                .contains("it must be a readable file of JSON lines");
    }

    @Test
    void aFolderThatIsMissingIsNamed() {
        Path file = folder.resolve("missing/test.jsonl");
        assertThat(run("problems", "--count", "5", "--out", file.toString()))
                .isEqualTo(new Outcome(1, "", "dllm4j: folder " + file.getParent() + " does not exist\n"));
    }

    @Test
    void aFileThatExistsIsNotOverwritten() throws IOException {
        Path file = Files.writeString(folder.resolve("mine.jsonl"), "mine");
        assertThat(run("problems", "--count", "5", "--out", file.toString()))
                .isEqualTo(new Outcome(2, "", "dllm4j: out is " + file + ", which exists; name a new file\n"));
        assertThat(file).hasContent("mine");
    }

    @Test
    void aDatasetIsLearnt() throws IOException {
        Files.writeString(folder.resolve("data.jsonl"), PROBLEM);
        assertThat(starter(
                                "--steps",
                                "1",
                                "--data",
                                folder.resolve("data.jsonl").toString())
                        .exitCode())
                .isZero();
    }

    private void assertRefused(String dataset, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("data.jsonl"), dataset);
        Outcome outcome = starter("--steps", "1", "--data", file.toString());
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains(message);
        assertThat(outcome.err().lines()).hasSize(3);
    }

    private Outcome starter(String... arguments) {
        List<String> all = new ArrayList<>(
                List.of("starter", "--out", folder.resolve("run").toString()));
        all.addAll(List.of("--width", "8", "--layers", "1", "--heads", "2", "--feed-forward", "8"));
        all.addAll(Arrays.asList(arguments));
        return run(all.toArray(String[]::new));
    }

    private static Outcome run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Main.execute(print(out), print(err), arguments);
        return new Outcome(exitCode, out.toString(UTF_8), err.toString(UTF_8));
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, UTF_8);
    }
}
