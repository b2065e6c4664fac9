package dev.dllm4j.train.problem;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text with slots in braces: words, numbers, steps.
 *
 * @param literals text before, between and behind the slots, one more than these
 * @param slots what is in the braces
 */
record Phrase(List<String> literals, List<String> slots) {
    private static final Pattern SLOT = Pattern.compile("\\{([^}]*)}");

    Phrase {
        literals = List.copyOf(literals);
        slots = List.copyOf(slots);
    }

    static Phrase parse(String text) {
        List<String> literals = new ArrayList<>();
        List<String> slots = new ArrayList<>();
        Matcher slot = SLOT.matcher(text);
        int end = 0;
        while (slot.find()) {
            literals.add(text.substring(end, slot.start()));
            slots.add(slot.group(1));
            end = slot.end();
        }
        literals.add(text.substring(end));
        return new Phrase(literals, slots);
    }

    /** The text with every slot filled. */
    String fill(UnaryOperator<String> filler) {
        StringBuilder text = new StringBuilder(literals.get(0));
        for (int slot = 0; slot < slots.size(); slot++) {
            text.append(filler.apply(slots.get(slot))).append(literals.get(slot + 1));
        }
        return text.toString();
    }

    /** The slots that are steps, in their order. */
    List<Equation> equations() {
        return slots.stream()
                .filter(slot -> slot.contains("="))
                .map(Equation::parse)
                .toList();
    }
}
