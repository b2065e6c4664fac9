package dev.dllm4j.server.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.decoder.testing.Cases;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void whatCouldBeginAStopStringIsHeldBack() {
        StopStrings stops = new StopStrings(List.of("###", "END"));

        assertThat(stops.append("a #")).isEqualTo("a ");
        assertThat(stops.append("#")).isEmpty();
        assertThat(stops.append(" b E")).isEqualTo("## b ");
        assertThat(stops.append("NDx")).isEmpty();
        assertThat(stops.found()).isTrue();
        assertThat(stops.append("more")).isEmpty();
        assertThat(stops.finish()).isEmpty();
        assertThat(stops.length()).isEqualTo("a ## b ".length());
    }

    @Test
    void theRestComesAtTheEnd() {
        StopStrings stops = new StopStrings(List.of("END"));

        assertThat(stops.append("the EN")).isEqualTo("the ");
        assertThat(stops.finish()).isEqualTo("EN");
        assertThat(stops.found()).isFalse();
    }

    @Test
    void theOneThatIsCompleteFirstCountsAndOfThoseTheLongest() {
        assertThat(cut(List.of("abc", "b"), "xabc")).isEqualTo("xa");
        assertThat(cut(List.of("bc", "abc"), "xabc")).isEqualTo("x");
        assertThat(cut(List.of("aab"), "aaab")).isEqualTo("a");
    }

    @Test
    void anEmptyStopStringIsRefused() {
        assertThatThrownBy(() -> new StopStrings(List.of(""))).hasMessageStartingWith("stop has an empty string");
    }

    @Test
    void thePiecesDoNotMatter() {
        Cases.check(2000, seed -> {
            Random random = new Random(seed);
            List<String> stops = IntStream.range(0, 1 + random.nextInt(3))
                    .mapToObj(i -> letters(random, 1 + random.nextInt(4)))
                    .toList();
            String text = letters(random, random.nextInt(20));
            StopStrings inPieces = new StopStrings(stops);
            StringBuilder out = new StringBuilder();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + 1 + random.nextInt(4));
                out.append(inPieces.append(text.substring(from, to)));
                from = to;
            }
            out.append(inPieces.finish());

            assertThat(out.toString()).isEqualTo(cut(stops, text)).isEqualTo(byHand(stops, text));
        });
    }

    private static String cut(List<String> stops, String text) {
        StopStrings whole = new StopStrings(stops);
        return whole.append(text) + whole.finish();
    }

    /** The shortest beginning that ends with a stop string, without the longest that it ends with. */
    private static String byHand(List<String> stops, String text) {
        for (int end = 1; end <= text.length(); end++) {
            String beginning = text.substring(0, end);
            int longest = stops.stream()
                    .filter(beginning::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (longest > 0) {
                return beginning.substring(0, end - longest);
            }
        }
        return text;
    }

    private static String letters(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }
}
