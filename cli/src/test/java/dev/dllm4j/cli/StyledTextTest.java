package dev.dllm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StyledTextTest {
    @Test
    void linesBreakAtBlanks() {
        assertThat(lines("one two three", 8)).containsExactly("one two", "three");
        assertThat(lines("one two three", 7)).containsExactly("one two", "three");
        assertThat(lines("one two three", 6)).containsExactly("one", "two", "three");
    }

    @Test
    void aWordWiderThanTheLineIsCut() {
        assertThat(lines("a abcdefgh", 4)).containsExactly("a", "abcd", "efgh");
    }

    @Test
    void lineFeedsBreakAndEmptyLinesStay() {
        assertThat(lines("a\n\nb\n", 80)).containsExactly("a", "", "b");
    }

    @Test
    void wideCharactersTakeTwoColumns() {
        assertThat(lines("\u65e5\u672c\u8a9e", 5)).containsExactly("\u65e5\u672c", "\u8a9e");
        assertThat(lines("\u65e5\u672c", 1)).containsExactly("\u65e5", "\u672c");
        assertThat(lines("e\u0301e\u0301", 2)).containsExactly("e\u0301e\u0301");
    }

    @Test
    void controlCharactersCannotReachTheTerminal() {
        assertThat(lines("a\u001b[2Jb\tc\r", 80)).containsExactly("a\u00b7[2Jb c\u00b7");
    }

    @Test
    void aStyleIsOpenedAndClosedOnEveryLineItTouches() {
        StyledText text = new StyledText().append("one", Style.NORMAL).append(" two three", Style.DIM);
        assertThat(printed(text, 8)).containsExactly("one\u001b[2m two\u001b[0m", "\u001b[2mthree\u001b[0m");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 20})
    void noLineIsWiderThanAskedAndNothingButBlanksIsLost(int width) {
        String text = "a bc  def \u65e5\u672c\u8a9e ghijklmnop\ud83d\ude00 q\nrs";
        List<String> lines = lines(text, width);
        assertThat(lines).allMatch(line -> Columns.of(line) <= Math.max(2, width));
        assertThat(String.join("", lines).replace(" ", "")).isEqualTo(text.replaceAll("[ \n]", ""));
    }

    private static List<String> lines(String text, int width) {
        return printed(new StyledText().append(text, Style.NORMAL), width);
    }

    private static List<String> printed(StyledText text, int width) {
        return text.lines(width).stream().map(StyledText.Line::printed).toList();
    }
}
