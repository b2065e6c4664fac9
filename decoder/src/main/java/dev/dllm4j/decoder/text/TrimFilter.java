package dev.dllm4j.decoder.text;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Python's {@code strip}: all of Unicode's white space, or the characters given. Jinjava's own knows ASCII only. */
final class TrimFilter implements Filter {
    @Override
    public String getName() {
        return "trim";
    }

    @Override
    public String filter(@Nullable Object value, JinjavaInterpreter interpreter, String... characters) {
        String text = value == null ? "" : value.toString();
        IntPredicate stripped =
                characters.length == 0 ? TrimFilter::space : character -> characters[0].indexOf(character) >= 0;
        int start = 0;
        int end = text.length();
        while (start < end && stripped.test(text.charAt(start))) {
            start++;
        }
        while (end > start && stripped.test(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean space(int character) {
        return Character.isWhitespace(character) || Character.isSpaceChar(character) || character == '\u0085';
    }
}
