package dev.dllm4j.decoder.template;

/** Texts brought to a width. */
final class Padding {
    private Padding() {}

    static String pad(String text, String name, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind(name, "width", "fillchar");
        long width = Values.index(bound.get("width"), name);
        if (name.equals("zfill")) {
            boolean signed = text.startsWith("-") || text.startsWith("+");
            String number = signed ? text.substring(1) : text;
            long missing = Math.max(0, width - Values.length(text));
            return (signed ? text.substring(0, 1) : "") + repeated("0", missing, budget) + number;
        }
        String fill = bound.text("fillchar", " ");
        if (Values.length(fill) != 1) {
            throw new IllegalArgumentException(name + " fills with one character");
        }
        return switch (name) {
            case "ljust" -> sides(text, width, fill, 0, budget);
            case "rjust" -> sides(text, width, fill, 1, budget);
            default -> sides(text, width, fill, 2, budget);
        };
    }

    static String center(String text, long width, Budget budget) {
        return sides(text, width, " ", 2, budget);
    }

    private static String sides(String text, long width, String fill, int side, Budget budget) {
        long missing = Math.max(0, width - Values.length(text));
        long left = side == 0 ? 0 : side == 1 ? missing : missing / 2 + (missing & width & 1);
        String before = repeated(fill, left, budget);
        return before + text + repeated(fill, missing - left, budget);
    }

    static String repeated(String text, long times, Budget budget) {
        budget.build(times > Integer.MAX_VALUE ? times : times * text.length());
        return text.repeat((int) times);
    }
}
