package dev.dllm4j.train.problem;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A kind of problem.
 *
 * @param questions phrasings, each of which names the same numbers
 * @param answer its slots hold the steps, of which each uses numbers given or found before
 */
record Template(String name, List<Phrase> questions, Phrase answer) {
    /** Variables drawn from the range of factors; the others are numbers. */
    private static final String FACTORS = "kmnh";

    Template {
        questions = List.copyOf(questions);
        require(!questions.isEmpty(), name, "has no question");
        require(!answer.equations().isEmpty(), name, "has no step");
        Set<Character> given = given(answer);
        for (Phrase question : questions) {
            require(variables(question).equals(given), name, "must name " + given + " in every question");
        }
    }

    List<Equation> steps() {
        return answer.equations();
    }

    /** The variable that the last step finds. */
    char result() {
        return steps().get(steps().size() - 1).result();
    }

    /** Draws numbers; empty where a step comes to nothing that may be counted. */
    Optional<Numbers> draw(Ranges ranges, SplittableRandom random) {
        Map<Character, Integer> given = new TreeMap<>();
        for (char variable : given(answer)) {
            boolean factor = FACTORS.indexOf(variable) >= 0;
            given.put(variable, factor ? ranges.drawFactor(random) : ranges.drawNumber(random));
        }
        Map<Character, Integer> all = new HashMap<>(given);
        for (Equation step : steps()) {
            int result = step.apply(all.getOrDefault(step.left(), 0), all.getOrDefault(step.right(), 1));
            if (!ranges.allows(result)) {
                return Optional.empty();
            }
            all.put(step.result(), result);
        }
        return Optional.of(new Numbers(given, all));
    }

    /** Variables that steps use and no step before has found. */
    private static Set<Character> given(Phrase answer) {
        Set<Character> given = new TreeSet<>();
        Set<Character> found = new TreeSet<>();
        for (Equation step : answer.equations()) {
            for (char operand : new char[] {step.left(), step.right()}) {
                if (!found.contains(operand)) {
                    given.add(operand);
                }
            }
            found.add(step.result());
        }
        return given;
    }

    private static Set<Character> variables(Phrase question) {
        Set<Character> variables = new TreeSet<>();
        for (String slot : question.slots()) {
            if (slot.length() == 1 && Character.isLowerCase(slot.charAt(0))) {
                variables.add(slot.charAt(0));
            }
        }
        return variables;
    }

    private static void require(boolean holds, String name, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("template " + name + " " + rule);
        }
    }
}
