package dev.dllm4j.train.run;

import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.HfTokenizer;
import dev.dllm4j.decoder.text.Message;
import dev.dllm4j.eval.Question;
import dev.dllm4j.eval.QuestionFile;
import dev.dllm4j.train.problem.Problem;
import dev.dllm4j.train.problem.Problems;
import dev.dllm4j.train.problem.Split;
import dev.dllm4j.train.words.WordVocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Problems to examples, with the tokenizer and chat template of the model's folder. */
final class Encoder implements AutoCloseable {
    private static final String BEGIN = "<|startoftext|>";
    /** Stands for a question while the template is filled once for all of them. */
    private static final String QUESTION = "QUESTION";

    private final HfTokenizer tokenizer;
    private final ChatTemplate template;
    private final int context;

    Encoder(Path folder, int context) {
        this.tokenizer = HfTokenizer.read(folder);
        this.template = ChatTemplate.read(folder)
                .orElseThrow(() -> new IllegalStateException(folder + " has no chat template"));
        this.context = context;
    }

    /** Problems without end, of the split that is for training. */
    Examples generated() {
        Problems problems = new Problems();
        String prompt = prompt(QUESTION);
        return (ranges, random) -> {
            Problem problem = problems.draw(ranges, Split.TRAIN, random);
            return new Example(tokenizer.encode(prompt.replace(QUESTION, problem.question())), ended(problem.answer()));
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
    Examples of(Path file) {
        List<Example> examples = new ArrayList<>();
        for (Question question : QuestionFile.read(file).questions()) {
            try {
                examples.add(
                        checked(encode(question.question(), question.answer().replace('\n', ' '))));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ", problem " + question.id() + ": " + e.getMessage(), e);
            }
        }
        return (ranges, random) -> examples.get(random.nextInt(examples.size()));
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private Example encode(String question, String answer) {
        return new Example(tokenizer.encode(prompt(question)), ended(answer));
    }

    private String prompt(String question) {
        return template.render(List.of(new Message("user", question)), true);
    }

    private int[] ended(String answer) {
        int[] ids = tokenizer.encode(answer);
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = WordVocabulary.END;
        return ended;
    }

    private Example checked(Example example) {
        boolean known = Arrays.stream(example.prompt()).noneMatch(id -> id == WordVocabulary.UNKNOWN)
                && Arrays.stream(example.answer()).noneMatch(id -> id == WordVocabulary.UNKNOWN);
        if (!known) {
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
