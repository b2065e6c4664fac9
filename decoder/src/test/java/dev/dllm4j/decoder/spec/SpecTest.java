package dev.dllm4j.decoder.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpecTest {
    @ParameterizedTest
    @ValueSource(strings = {"threshold", "threshold()", " threshold ( ) "})
    void aBareNameTakesItsDefaults(String text) {
        Spec spec = Spec.parse(text).only("threshold");

        assertThat(spec.name()).isEqualTo("threshold");
        assertThat(spec.number("threshold", 0.9)).isEqualTo(0.9);
    }

    @Test
    void valuesBelongToTheParameterOfTheirPlaceOrKey() {
        Spec spec = Spec.parse("elastic( 0.8 , track = 2)").only("gamma", "track");

        assertThat(spec.number("gamma", 0.9)).isEqualTo(0.8);
        assertThat(spec.integer("track", 1)).isEqualTo(2);
    }

    @Test
    void aNumberMayBeNegativeOrHaveAnExponent() {
        assertThat(Spec.parse("t(-1.5e-3)").only("x").number("x", 0)).isEqualTo(-0.0015);
    }

    @Test
    void commasAndKeysOfAnInnerSpecStayInside() {
        Spec outer = Spec.parse("credit(alpha=0.65,then=filter(path=F,accept=0.96),beta=0.7)")
                .only("alpha", "then", "beta");

        assertThat(outer.number("alpha", 0)).isEqualTo(0.65);
        assertThat(outer.number("beta", 0)).isEqualTo(0.7);
        assertThatThrownBy(() -> outer.number("then", 0)).hasMessageContaining("is filter(path=F,accept=0.96);");
    }

    @Test
    void anInnerSpecMayStandAtAPlace() {
        Spec outer = Spec.parse("credit(threshold(x=0.5))").only("then");

        assertThatThrownBy(() -> outer.integer("then", 0)).hasMessageContaining("is threshold(x=0.5);");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "Threshold",
                "9lives",
                "(0.9)",
                "threshold(0.9",
                "threshold 0.9",
                "threshold(0.9)x",
                "threshold(0.9))",
                "a(b)(c)",
                "a((b)",
                "a(1,,2)",
                "a(1,)",
                "a(x=)",
                "a(x=1,2)",
                "a(x=1,x=2)"
            })
    void whatIsNoNameWithValuesIsRefused(String text) {
        assertThatThrownBy(() -> Spec.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'" + text
                        + "' is no name with values; write it like threshold(0.9) or name(value, key=value)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t(1,2,3)   | t(1,2,3) has too many values; t takes x, y",
                "t(z=1)     | t(z=1) has an unexpected z; t takes x, y",
                "t(1,x=2)   | t(1,x=2) has an unexpected x; t takes x, y"
            })
    void undeclaredValuesAreRefused(String text, String message) {
        assertThatThrownBy(() -> Spec.parse(text).only("x", "y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "1e999", "high", "0.9.1"})
    void whatIsNoFiniteNumberIsRefused(String value) {
        Spec spec = Spec.parse("threshold(" + value + ")").only("bar");

        assertThatThrownBy(() -> spec.number("bar", 0.9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bar of threshold is " + value + "; it must be a finite number, e.g. 0.9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.5", "2147483648", "one"})
    void whatIsNoWholeNumberIsRefused(String value) {
        Spec spec = Spec.parse("blocks(" + value + ")").only("length");

        assertThatThrownBy(() -> spec.integer("length", 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("length of blocks is " + value + "; it must be a whole number, e.g. 32");
    }

    @Test
    void aChoiceIsOneOfAnEnumsNamesInLowerCase() {
        assertThat(Spec.parse("t(upper)").only("x").choice("x", Letters.LOWER)).isEqualTo(Letters.UPPER);
        assertThat(Spec.parse("t").only("x").choice("x", Letters.LOWER)).isEqualTo(Letters.LOWER);
        assertThatThrownBy(() -> Spec.parse("t(UPPER)").only("x").choice("x", Letters.LOWER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("x of t is UPPER; it must be one of lower, upper");
    }

    private enum Letters {
        LOWER,
        UPPER
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\u0001", "\u0000", "\n", "\u001f", "\u007f", "\u0085", "\u200b", "\u202e", "\u2028", "\ud800"})
    void charactersThatDoNotPrintAreRefusedWhereverTheyStand(String character) {
        for (String text :
                List.of(character + "t", "t" + character, "t" + character + "(1)", "t(x=1" + character + ")")) {
            assertThatThrownBy(() -> Spec.parse(text))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            "has the character U+%04X; a SPEC has printable ones", character.codePointAt(0))
                    .message()
                    .doesNotContain(character);
        }
    }

    @Test
    void whatIsTooLongOrTooDeepIsRefusedInAShortMessage() {
        for (String text : List.of(
                "t(" + "x".repeat(5000) + ")", "t(".repeat(9) + ")".repeat(9), "t(".repeat(2000), "9".repeat(4000))) {
            assertThatThrownBy(() -> Spec.parse(text))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .hasSizeLessThan(300);
        }
        assertThat(Spec.parse("t(".repeat(8) + ")".repeat(8)).name()).isEqualTo("t");
        Spec number = Spec.parse("t(" + "9".repeat(4000) + "x)").only("x");
        assertThatThrownBy(() -> number.number("x", 0)).message().hasSizeLessThan(300);
        assertThatThrownBy(() -> number.integer("x", 0)).message().hasSizeLessThan(300);
    }

    @Test
    void aTextIsReadAsItIsWritten() {
        assertThat(Spec.parse("t(x=a/b (1).bin)").only("x").text("x")).isEqualTo("a/b (1).bin");
        assertThat(Spec.parse("t").only("x").text("x")).isEmpty();
    }

    @Test
    void readingAParameterThatWasNotDeclaredIsABrokenPromise() {
        Spec spec = Spec.parse("t(1)").only("x");

        assertThatThrownBy(() -> spec.number("y", 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThat(Spec.parse("nope(1)").unknown("window", "blocks(32), all"))
                .hasMessage("window is nope(1); known are blocks(32), all");
    }

    @Test
    void printsAsItWasWritten() {
        assertThat(Spec.parse(" t(1, x=2) ")).hasToString("t(1, x=2)");
    }
}
