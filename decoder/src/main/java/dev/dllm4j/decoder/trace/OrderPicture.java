package dev.dllm4j.decoder.trace;

import dev.dllm4j.decoder.trace.TraceStep.TracedCommit;
import dev.dllm4j.decoder.trace.TraceStep.TracedEdit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The order of a decoding as a grid: a cell a position of the generation area, with its token's text and the number of
 * the step that decided it, or the first and the last step that did where it was edited; early steps are light, late ones
 * dark. Positions that were cut off are left out.
 */
final class OrderPicture {
    private static final int COLUMNS = 12;
    private static final int WIDTH = 76;
    private static final int HEIGHT = 40;
    private static final int TOP = 28;
    private static final int LONGEST_TEXT = 9;

    private final Trace trace;
    /** Of the last token of a place. */
    private final Map<Integer, String> texts = new HashMap<>();
    /** That committed a place. */
    private final Map<Integer, Integer> firstStep = new HashMap<>();
    /** That committed or edited a place. */
    private final Map<Integer, Integer> lastStep = new HashMap<>();

    private int places;

    OrderPicture(Trace trace) {
        this.trace = trace;
        int promptLength = trace.header().prompt().size();
        places = trace.header().draft().length();
        for (TraceStep step : trace.steps()) {
            for (TracedCommit commit : step.committed()) {
                int place = commit.position() - promptLength;
                texts.put(place, commit.text());
                firstStep.put(place, step.step());
                lastStep.put(place, step.step());
            }
            step.takenBack().forEach(position -> texts.remove(position - promptLength));
            for (TracedEdit edit : step.edited()) {
                texts.put(edit.position() - promptLength, edit.text());
                lastStep.put(edit.position() - promptLength, step.step());
            }
            places = step.truncated().isPresent() ? step.truncated().getAsInt() - promptLength : places;
        }
    }

    String svg() {
        int rows = (places + COLUMNS - 1) / COLUMNS;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\">\n",
                COLUMNS * WIDTH + 2,
                TOP + rows * HEIGHT + 2));
        svg.append("<text x=\"2\" y=\"18\" font-size=\"13\">")
                .append(escaped(trace.title()))
                .append("</text>\n");
        for (int place = 0; place < places; place++) {
            cell(place, svg);
        }
        return svg.append("</svg>\n").toString();
    }

    private void cell(int place, StringBuilder svg) {
        int x = place % COLUMNS * WIDTH + 1;
        int y = TOP + place / COLUMNS * HEIGHT;
        String token = texts.get(place);
        int first = firstStep.getOrDefault(place, 0);
        int step = lastStep.getOrDefault(place, 0);
        int lightness = 92 - 52 * step / Math.max(1, trace.steps().size() - 1);
        String colour = token == null ? "#eeeeee" : String.format(Locale.ROOT, "hsl(210,60%%,%d%%)", lightness);
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"#ffffff\"/>\n",
                x,
                y,
                WIDTH,
                HEIGHT,
                colour));
        if (token != null) {
            String ink = lightness < 60 ? "#ffffff" : "#000000";
            text(svg, x + WIDTH / 2, y + 17, 13, ink, shown(token));
            text(
                    svg,
                    x + WIDTH / 2,
                    y + 33,
                    10,
                    ink,
                    step == first ? "" + (step + 1) : first + 1 + "\u2192" + (step + 1));
        }
    }

    private static void text(StringBuilder svg, int x, int y, int size, String ink, String text) {
        svg.append(String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"%s\" text-anchor=\"middle\">",
                        x,
                        y,
                        size,
                        ink))
                .append(escaped(text))
                .append("</text>\n");
    }

    private static String shown(String text) {
        if (text.isBlank()) {
            return text.isEmpty() ? "\u00b7" : text.contains("\n") ? "\u21b5" : "\u2423";
        }
        String visible = text.strip().replace("\n", "\u21b5");
        return visible.length() > LONGEST_TEXT ? visible.substring(0, LONGEST_TEXT - 1) + "\u2026" : visible;
    }

    /** Control characters have no place in XML. */
    private static String escaped(String text) {
        return text.replaceAll("\\p{Cntrl}", "\u00b7")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
    }
}
