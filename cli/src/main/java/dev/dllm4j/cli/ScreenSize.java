package dev.dllm4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Columns and rows of a terminal. */
record ScreenSize(int columns, int rows) {
    /** What a terminal has that does not say. */
    static final ScreenSize USUAL = new ScreenSize(80, 24);

    private static final Pattern ROWS_AND_COLUMNS = Pattern.compile("([1-9][0-9]{0,3}) ([1-9][0-9]{0,3})\\s*");

    /** The size of the terminal this process belongs to, as of now. Costs a process of some milliseconds. */
    static ScreenSize now() {
        try {
            Process process = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return read(new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return USUAL;
        }
    }

    static ScreenSize read(String rowsAndColumns) {
        Matcher found = ROWS_AND_COLUMNS.matcher(rowsAndColumns);
        return found.matches()
                ? new ScreenSize(Integer.parseInt(found.group(2)), Integer.parseInt(found.group(1)))
                : USUAL;
    }
}
