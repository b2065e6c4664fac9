package dev.dllm4j.decoder.trace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.model.ModelSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a recorded decoding refreshed, as a grid: a row a layer, a column a step, dark where every row was computed. */
public final class RefreshPicture {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MOST_CELLS = 1 << 20;
    private static final int CELL = 18;
    private static final int LEFT = 70;
    private static final int TOP = 48;
    private static final int LABELLED = 5;

    private final String title;
    private final int layers;
    /** Of each step, the first layer that computed every row; the number of layers where none did. */
    private final List<Integer> refreshedFrom = new ArrayList<>();

    /**
     * Reads a trace.
     *
     * @throws IllegalArgumentException if the file is no trace of at least one step
     */
    public RefreshPicture(Path file) {
        Trace trace = Trace.read(file);
        title = trace.header().settings().path("cache").asText() + ", " + trace.title();
        List<JsonNode> steps = steps(file);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException(file + " has no steps; record one with --trace");
        }
        layers = steps.get(0).path("work").path("refresh_share").size();
        if (layers > ModelSpec.MOST_LAYERS || (long) layers * steps.size() > MOST_CELLS) {
            throw new IllegalArgumentException(String.format(
                            Locale.ROOT,
                            "%s has %d layers and %d steps; a picture has %d layers and %d cells at most,",
                            file,
                            layers,
                            steps.size(),
                            ModelSpec.MOST_LAYERS,
                            MOST_CELLS)
                    + " so record a shorter decoding");
        }
        for (JsonNode step : steps) {
            refreshedFrom.add(step.path("refreshed_from_layer").asInt(layers));
        }
    }

    private static List<JsonNode> steps(Path file) {
        try {
            List<JsonNode> steps = new ArrayList<>();
            for (String line : Trace.lines(file)) {
                steps.add(JSON.readTree(line));
            }
            return steps.subList(1, steps.size());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file + " is no trace; record one with --trace", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The picture. */
    public String svg() {
        int width = Math.max(6 * title.length(), LEFT + refreshedFrom.size() * CELL + CELL);
        int height = TOP + layers * CELL + 2 * CELL;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                ("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"11\">\n"),
                width,
                height));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        text(svg, 2, 16, "start", title.replace("&", "&amp;").replace("<", "&lt;"));
        for (int layer = 0; layer < layers; layer++) {
            text(svg, LEFT - 8, TOP + layer * CELL + 12, "end", "layer " + layer);
            for (int step = 0; step < refreshedFrom.size(); step++) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"16\" height=\"16\" fill=\"%s\"/>\n",
                        LEFT + step * CELL,
                        TOP + layer * CELL,
                        layer >= refreshedFrom.get(step) ? "#c2410c" : "#e5e7eb"));
            }
        }
        for (int step = 0; step < refreshedFrom.size(); step++) {
            if (step == 0 || (step + 1) % LABELLED == 0) {
                text(svg, LEFT + step * CELL + CELL / 2, TOP + layers * CELL + 14, "middle", "" + (step + 1));
            }
        }
        text(svg, LEFT, TOP + layers * CELL + 30, "start", "step");
        return svg.append("</svg>\n").toString();
    }

    private static void text(StringBuilder svg, int x, int y, String anchor, String text) {
        svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor))
                .append(text)
                .append("</text>\n");
    }
}
