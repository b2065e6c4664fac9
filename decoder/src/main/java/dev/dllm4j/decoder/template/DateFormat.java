package dev.dllm4j.decoder.template;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python's {@code strftime} in the C locale. */
final class DateFormat {
    private DateFormat() {}

    static String format(String format, Clock clock, Budget budget) {
        ZonedDateTime now = ZonedDateTime.now(clock);
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < format.length(); at++) {
            char character = format.charAt(at);
            if (character != '%' || at + 1 == format.length()) {
                text.append(character);
                continue;
            }
            boolean bare = format.startsWith("%-", at) && at + 2 < format.length();
            at += bare ? 2 : 1;
            text.append(field(format.charAt(at), bare, now));
        }
        budget.build(text.length());
        return text.toString();
    }

    private static String field(char field, boolean bare, ZonedDateTime now) {
        String pattern = switch (field) {
            case 'd' -> bare ? "d" : "dd";
            case 'm' -> bare ? "M" : "MM";
            case 'H' -> bare ? "H" : "HH";
            case 'I' -> bare ? "h" : "hh";
            case 'M' -> bare ? "m" : "mm";
            case 'S' -> bare ? "s" : "ss";
            case 'j' -> bare ? "D" : "DDD";
            case 'y' -> "uu";
            case 'Y' -> "uuuu";
            case 'b', 'h' -> "MMM";
            case 'B' -> "MMMM";
            case 'a' -> "EEE";
            case 'A' -> "EEEE";
            case 'p' -> "a";
            case 'F' -> "uuuu-MM-dd";
            case 'T' -> "HH:mm:ss";
            case 'D' -> "MM/dd/uu";
            case 'R' -> "HH:mm";
            case '%' -> "'%'";
            default -> throw new IllegalArgumentException("strftime_now: the field %" + field + " is not supported");
        };
        return DateTimeFormatter.ofPattern(pattern, Locale.US).format(now);
    }
}
