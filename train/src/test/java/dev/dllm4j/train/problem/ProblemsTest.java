package dev.dllm4j.train.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.testing.Cases;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProblemsTest {
    private static final Pattern STEP = Pattern.compile("(\\d+) ([-+*/]) (\\d+) = (\\d+)");
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private final Problems problems = new Problems();

    @Test
    void thereAreTemplatesOfOneToThreeStepsOverAllFourOperators() {
        assertThat(problems.templates()).hasSizeGreaterThanOrEqualTo(24);
        assertThat(problems.templates().stream()
                        .map(template -> template.steps().size()))
                .contains(1, 2, 3)
                .allMatch(steps -> steps <= 3);
        assertThat(problems.templates().stream()
                        .flatMap(template -> template.steps().stream())
                        .map(Equation::operator)
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder('+', '-', '*', '/');
    }

    @Test
    void everyStepHoldsAndUsesOnlyNumbersOfTheQuestionOrOfStepsBefore() {
        Cases.check(3000, seed -> {
            Problem problem = problems.draw(Ranges.DEFAULT, Split.TRAIN, new SplittableRandom(seed));
            Set<Integer> known = NUMBER.matcher(problem.question())
                    .results()
                    .map(number -> Integer.parseInt(number.group()))
                    .collect(Collectors.toCollection(HashSet::new));
            Matcher step = STEP.matcher(problem.answer());
            int result = 0;
            while (step.find()) {
                int left = Integer.parseInt(step.group(1));
                int right = Integer.parseInt(step.group(3));
                result = Integer.parseInt(step.group(4));
                assertThat(known).contains(left, right);
                switch (step.group(2)) {
                    case "+" -> assertThat(left + right).isEqualTo(result);
                    case "-" -> assertThat(left - right).isEqualTo(result);
                    case "*" -> assertThat(left * right).isEqualTo(result);
                    default -> assertThat(right * result).isEqualTo(left);
                }
                known.add(result);
            }
            assertThat(problem.answer()).endsWith(" #### " + result);
        });
    }

    @Test
    void aDrillIsAStepThatHolds() {
        Cases.check(500, seed -> {
            String drill = problems.drawStep(Ranges.DEFAULT, new SplittableRandom(seed));
            assertThat(drill).matches(STEP);
        });
    }

    @Test
    void nothingOfATemplateIsLeftInTheText() {
        Cases.check(3000, seed -> {
            Problem problem = problems.draw(Ranges.DEFAULT, Split.TEST, new SplittableRandom(seed));
            assertThat(problem.question() + problem.answer()).doesNotContain("{", "}", "  ");
            assertThat(problem.question()).endsWith("?");
        });
    }

    @Test
    void aSeedGivesTheSameProblemsAgainAndAllOfThemDiffer() {
        List<Problem> drawn =
                problems.distinct(1000, 5, Ranges.DEFAULT, Split.TRAIN).toList();
        assertThat(problems.distinct(1000, 5, Ranges.DEFAULT, Split.TRAIN).toList())
                .isEqualTo(drawn);
        assertThat(problems.distinct(1000, 6, Ranges.DEFAULT, Split.TRAIN).toList())
                .isNotEqualTo(drawn);
        assertThat(drawn).doesNotHaveDuplicates();
    }

    @Test
    void trainingAndTestShareNoProblemEvenUnderOtherNames() {
        Set<String> train = shapes(Split.TRAIN, 20_000);
        Set<String> test = shapes(Split.TEST, 5_000);
        assertThat(train).hasSizeGreaterThan(5_000).doesNotContainAnyElementsOf(test);
    }

    @Test
    void smallRangesHaveProblemsOfEveryTemplateInBothSplits() {
        Ranges smallest = new Ranges(20, 3, 20);
        for (Split split : Split.values()) {
            List<Problem> drawn = problems.distinct(2000, 1, smallest, split).toList();
            assertThat(drawn.stream()
                            .flatMap(problem -> NUMBER.matcher(problem.question() + problem.answer())
                                    .results())
                            .mapToInt(number -> Integer.parseInt(number.group()))
                            .max())
                    .hasValue(20);
        }
    }

    @Test
    void rangesThatLeaveNothingAndCountsBeyondAllProblemsAreRefused() {
        assertThatThrownBy(() -> new Ranges(10, 9, 99)).hasMessageContaining("the largest number is 10");
        assertThatThrownBy(() -> problems.distinct(0, 0, Ranges.DEFAULT, Split.TEST))
                .hasMessageContaining("count is 0");
        assertThatThrownBy(() -> problems.distinct(Integer.MAX_VALUE, 0, Ranges.DEFAULT, Split.TEST))
                .hasMessageMatching(
                        "count is 2147483647; the memory that Java may have, \\d+ MiB, is not enough to tell so"
                                + " many apart; allow more, e.g. JDK_JAVA_OPTIONS=-Xmx8g, or ask for fewer");
    }

    /** So a problem is there before the next one is drawn, whatever the count. */
    @Test
    void problemsComeAsTheyAreDrawn() {
        assertThat(problems.distinct(20_000_000, 5, Ranges.DEFAULT, Split.TRAIN).limit(1000))
                .isEqualTo(
                        problems.distinct(1000, 5, Ranges.DEFAULT, Split.TRAIN).toList());
    }

    /** Questions without their names and things. */
    private Set<String> shapes(Split split, int count) {
        Set<String> words = Templates.words().all().collect(Collectors.toSet());
        return problems.distinct(count, 3, Ranges.DEFAULT, split)
                .map(problem -> List.of(problem.question().split("(?=[.,? ])| ")).stream()
                        .filter(word -> !words.contains(word.strip()))
                        .collect(Collectors.joining()))
                .collect(Collectors.toSet());
    }
}
