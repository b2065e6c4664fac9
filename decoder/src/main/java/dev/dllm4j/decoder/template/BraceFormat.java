package dev.dllm4j.decoder.template;

/** Python's {@code text.format(…)} with plain fields: {@code {}}, {@code {0}}, {@code {name}}. */
final class BraceFormat {
    private BraceFormat() {}

    static String format(String format, Arguments arguments, Budget budget) {
        StringBuilder result = new StringBuilder();
        int next = 0;
        for (int at = 0; at < format.length(); at++) {
            char character = format.charAt(at);
            if (character != '{' && character != '}') {
                result.append(character);
            } else if (format.startsWith(String.valueOf(character), at + 1)) {
                result.append(character);
                at++;
            } else {
                int close = format.indexOf('}', at);
                if (character == '}' || close < 0) {
                    throw new IllegalArgumentException("format: a brace stands alone");
                }
                String field = format.substring(at + 1, close);
                String text =
                        PythonText.str(value(field.isEmpty() ? String.valueOf(next++) : field, arguments), budget);
                budget.build(text.length());
                result.append(text);
                at = close;
            }
        }
        budget.build(result.length());
        return result.toString();
    }

    private static Object value(String field, Arguments arguments) {
        boolean number = field.length() < 6 && field.chars().allMatch(each -> each >= '0' && each <= '9');
        if (number) {
            int index = Integer.parseInt(field);
            if (index < arguments.positional().size()) {
                return arguments.positional().get(index);
            }
        } else if (!field.codePoints().allMatch(Character::isUnicodeIdentifierPart)) {
            throw new IllegalArgumentException("format: the field {" + field + "} is not supported; write a plain one");
        }
        Object value = arguments.named().get(field);
        if (value == null) {
            throw new IllegalArgumentException("format: nothing is given for the field {" + field + "}");
        }
        return value;
    }
}
