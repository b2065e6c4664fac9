package dev.dllm4j.train.problem;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Draws problems. Immutable; all that is random comes from the caller's generator. */
public final class Problems {
    private static final int MAX_DRAWS = 100_000;
    private static final int MAX_REPEATS = 10_000;
    private static final String MARK = " #### ";
    private static final String OPERATORS = "+-*/";

    private final List<Template> templates = Templates.bundled();
    private final Words words = Templates.words();

    /** One problem of a split. */
    public Problem draw(Ranges ranges, Split split, SplittableRandom random) {
        Template template = templates.get(random.nextInt(templates.size()));
        return write(template, numbers(template, ranges, split, random), random);
    }

    /** One step of a training problem's answer, {@code 12 + 7 = 19}; each kind of step as often as the others. */
    public String drawStep(Ranges ranges, SplittableRandom random) {
        char operator = OPERATORS.charAt(random.nextInt(OPERATORS.length()));
        while (true) {
            Template template = templates.get(random.nextInt(templates.size()));
            Equation step = template.steps().get(random.nextInt(template.steps().size()));
            if (step.operator() == operator) {
                return step.text(numbers(template, ranges, Split.TRAIN, random));
            }
        }
    }

    /**
     * Different problems.
     *
     * @param count how many
     */
    public List<Problem> distinct(int count, long seed, Ranges ranges, Split split) {
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + "; it must be at least 1");
        }
        SplittableRandom random = new SplittableRandom(seed);
        Set<String> questions = new HashSet<>();
        int[] repeats = {0};
        return Stream.generate(() -> draw(ranges, split, random))
                .filter(problem -> {
                    boolean fresh = questions.add(problem.question());
                    repeats[0] = fresh ? 0 : repeats[0] + 1;
                    requireMore(repeats[0], count, questions.size());
                    return fresh;
                })
                .limit(count)
                .toList();
    }

    /** Every word and sign of problems, numbers left out. */
    public Set<String> vocabulary() {
        Set<String> vocabulary = new TreeSet<>();
        words.all().forEach(vocabulary::add);
        for (Template template : templates) {
            Stream.concat(template.questions().stream(), Stream.of(template.answer()))
                    .flatMap(phrase -> phrase.literals().stream())
                    .flatMap(text -> Arrays.stream(text.replaceAll("[.,?]", " ").split(" ")))
                    .filter(word -> !word.isEmpty())
                    .forEach(vocabulary::add);
        }
        return vocabulary;
    }

    List<Template> templates() {
        return templates;
    }

    private Problem write(Template template, Numbers numbers, SplittableRandom random) {
        Map<String, String> drawn = words.draw(random);
        Phrase question =
                template.questions().get(random.nextInt(template.questions().size()));
        return new Problem(
                question.fill(slot -> filled(slot, drawn, numbers)),
                template.answer().fill(slot -> filled(slot, drawn, numbers)) + MARK + numbers.of(template.result()));
    }

    private static Numbers numbers(Template template, Ranges ranges, Split split, SplittableRandom random) {
        for (int draw = 0; draw < MAX_DRAWS; draw++) {
            Optional<Numbers> numbers = template.draw(ranges, random);
            if (numbers.isPresent() && Split.of(template, numbers.get()) == split) {
                return numbers.get();
            }
        }
        throw new IllegalArgumentException(ranges + " leaves template " + template.name()
                + " without problems; raise the largest number or result");
    }

    private static String filled(String slot, Map<String, String> drawn, Numbers numbers) {
        if (slot.contains("=")) {
            return Equation.parse(slot).text(numbers);
        }
        String word = drawn.get(slot);
        return word != null ? word : String.valueOf(numbers.of(slot.charAt(0)));
    }

    private static void requireMore(int repeats, int count, int found) {
        if (repeats > MAX_REPEATS) {
            throw new IllegalArgumentException(
                    "count is " + count + "; there seem to be no more than " + found + " such problems, ask for fewer");
        }
    }
}
