package dev.dllm4j.train.problem;

import java.util.Arrays;
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
     * Different problems, drawn as they are asked for. There are 8·10¹⁴ within {@link Ranges#DEFAULT}, and 10¹² within the
     * smallest ranges; what bounds the count is memory.
     *
     * @param count how many
     * @throws IllegalArgumentException if there is not the memory to tell so many apart
     */
    public Stream<Problem> distinct(int count, long seed, Ranges ranges, Split split) {
        requireCount(count);
        SplittableRandom random = new SplittableRandom(seed);
        Fingerprints questions = new Fingerprints(count);
        int[] found = {0};
        return Stream.generate(() -> {
                    Problem problem = draw(ranges, split, random);
                    for (int repeats = 1; !questions.add(problem.question()); repeats++) {
                        requireMore(repeats, count, found[0]);
                        problem = draw(ranges, split, random);
                    }
                    found[0]++;
                    return problem;
                })
                .limit(count);
    }

    private static void requireCount(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + "; it must be at least 1");
        }
        long memory = Runtime.getRuntime().maxMemory();
        if (Fingerprints.bytes(count) > memory / 4 * 3) {
            throw new IllegalArgumentException(
                    "count is " + count + "; the memory that Java may have, " + (memory >> 20)
                            + " MiB, is not enough to tell so many apart; allow more, e.g. JDK_JAVA_OPTIONS=-Xmx8g, or ask for"
                            + " fewer");
        }
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
