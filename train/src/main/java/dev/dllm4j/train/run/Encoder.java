package dev.dllm4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.eval.Question;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.train.problem.Problem;
import dev.dllm4j.train.problem.Problems;
import dev.dllm4j.train.problem.Split;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Problems to examples, with the tokenizer and chat template of the model's folder. */
public final class Encoder implements AutoCloseable {
    private static final String BEGIN = "<|startoftext|>";
    /** Stands for a question while the template is filled once for all of them. */
    private static final String QUESTION = "QUESTION";

    private final HfTokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final OptionalInt unknown;
    private final int end;
    private final int context;
    private final boolean lineBreaks;

    /**
     * Opens a folder's tokenizer and chat template.
     *
     * @param end id of the token that ends an answer
     * @param context most positions of an example
     */
    public Encoder(Path folder, int end, int context) {
        this.tokenizer = HfTokenizer.read(folder);
        this.template = ChatTemplate.read(folder);
        this.unknown = unknown(folder, tokenizer);
        this.end = end;
        this.context = context;
        this.lineBreaks = known(tokenizer.encode("\n"));
    }

    /** Problems without end, of the split that is for training. */
    public Examples generated() {
        Problems problems = new Problems();
        problems.vocabulary().stream()
                .filter(word -> !known(tokenizer.encode(word)))
                .findFirst()
                .ifPresent(word -> {
                    throw new IllegalArgumentException("the generated problems have the word " + word
                            + ", which is outside the model's vocabulary; give problems of your own, --data FILE");
                });
        String prompt = prompt(QUESTION);
        return (ranges, random) -> {
            Problem problem = problems.draw(ranges, Split.TRAIN, random);
            String question = prompt.replace(QUESTION, problem.question());
            return checked(new Example(tokenizer.encode(question), ended(problem.answer())));
        };
    }

    /** Sums alone: everything up to the equals sign is the prompt, without a template. */
    Examples drills() {
        Problems problems = new Problems();
        return (ranges, random) -> {
            String step = problems.drawStep(ranges, random);
            int result = step.indexOf('=') + 1;
            return new Example(
                    tokenizer.encode(BEGIN + step.substring(0, result)),
                    ended(step.substring(result).strip() + "."));
        };
    }

    /** The problems of a file, in any order. */
    public Examples of(Path file) {
        List<Example> examples = all(file);
        return (ranges, random) -> examples.get(random.nextInt(examples.size()));
    }

    /** The problems of a file, in its order. */
    public List<Example> all(Path file) {
        return all(file.toString(), QuestionFile.read(file));
    }

    /**
     * Problems, in their order.
     *
     * @param name says in messages where they are from
     */
    public List<Example> all(String name, QuestionFile problems) {
        List<Example> examples = new ArrayList<>();
        for (Question question : problems.questions()) {
            try {
                examples.add(checked(encode(question.question(), question.answer())));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ", problem " + question.id() + ": " + e.getMessage(), e);
            }
        }
        return examples;
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private Example encode(String question, String answer) {
        return new Example(tokenizer.encode(prompt(question)), ended(lineBreaks ? answer : answer.replace('\n', ' ')));
    }

    private String prompt(String question) {
        return template.map(found -> found.render(List.of(new Message("user", question)), true))
                .orElse(question);
    }

    private int[] ended(String answer) {
        int[] ids = tokenizer.encode(answer);
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = end;
        return ended;
    }

    private boolean known(int[] ids) {
        return unknown.isEmpty() || Arrays.stream(ids).noneMatch(id -> id == unknown.getAsInt());
    }

    private static OptionalInt unknown(Path folder, HfTokenizer tokenizer) {
        Path config = folder.resolve("tokenizer_config.json");
        if (!Files.exists(config)) {
            return OptionalInt.empty();
        }
        try {
            JsonNode token = new ObjectMapper().readTree(config.toFile()).path("unk_token");
            return tokenizer.id(token.isObject() ? token.path("content").asText() : token.asText());
        } catch (IOException e) {
            throw new UncheckedIOException(config + " cannot be read", e);
        }
    }

    private Example checked(Example example) {
        if (!known(example.prompt()) || !known(example.answer())) {
            throw new IllegalArgumentException(
                    "it has a word outside the vocabulary; use words of the problem generator, or leave it out");
        }
        if (example.length() > context) {
            throw new IllegalArgumentException("it takes " + example.length() + " positions; the model has " + context
                    + "; shorten it or leave it out");
        }
        return example;
    }
}
