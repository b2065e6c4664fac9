package dev.dllm4j.train.problem;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A step of a worked answer, {@code x + y = r}: two known numbers give a new one. */
record Equation(char left, char operator, char right, char result) {
    private static final Pattern FORM = Pattern.compile("([a-z]) ([-+*/]) ([a-z]) = ([a-z])");
    /** Stands for a difference below 1 and a quotient that is not whole. */
    static final int NONE = -1;

    static Equation parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("step is {" + text + "}; it must look like {x + y = r}");
        }
        return new Equation(
                form.group(1).charAt(0),
                form.group(2).charAt(0),
                form.group(3).charAt(0),
                form.group(4).charAt(0));
    }

    /** The result, or {@link #NONE}. */
    int apply(int leftValue, int rightValue) {
        return switch (operator) {
            case '+' -> leftValue + rightValue;
            case '-' -> Math.max(leftValue - rightValue, NONE);
            case '*' -> leftValue * rightValue;
            default -> leftValue % rightValue == 0 ? leftValue / rightValue : NONE;
        };
    }

    String text(Numbers numbers) {
        return numbers.of(left) + " " + operator + " " + numbers.of(right) + " = " + numbers.of(result);
    }
}
