package dev.dllm4j.cli;

import java.util.Locale;

/** An amount of memory as users write it: 65536, 64k, 512m or 4g. */
record ByteSize(long bytes) {
    private static final String UNITS = "kmg";

    static ByteSize parse(String text) {
        if (!text.toLowerCase(Locale.ROOT).matches("[0-9]{1,9}[kmg]?")) {
            throw new IllegalArgumentException(
                    "size is " + text + "; write a whole number of bytes, or one with k, m or g, e.g. 512m");
        }
        int unit = UNITS.indexOf(Character.toLowerCase(text.charAt(text.length() - 1)));
        String digits = unit < 0 ? text : text.substring(0, text.length() - 1);
        return new ByteSize(Long.parseLong(digits) << (10 * (unit + 1)));
    }
}
