package dev.dllm4j.cli;

import dev.dllm4j.cache.Positions;
import dev.dllm4j.cache.RefreshPolicy.Keeps;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.canvas.Canvas;
import dev.dllm4j.decoder.canvas.CanvasChange.Replace;
import dev.dllm4j.decoder.canvas.Draft;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A canvas as lines for a terminal: committed tokens as text, the last step's bright, after the struck ones that they
 * replaced, masks as grey boxes, and a line of numbers below; under a cache another with the layers that the last forward
 * refreshed. Follows a decoding by its step reports.
 */
final class CanvasDrawing {
    private static final String MASK = " \u2591\u2591";
    private static final String OPEN_MASK = " \u2592\u2592";
    private static final String OUTSIDE_TEXT = " \u00b7";
    /** A layer that took kept rows in the last forward, and one that computed every row. */
    private static final String REUSED = "\u25af";

    private static final String REFRESHED = "\u25ae";
    private static final String LAYERS = "layers ";
    private static final String CUT = "\u2026";
    private static final String BETWEEN = " \u2502 ";
    private static final int LEAST_TEXT_LINES = 3;

    private final DecodingConfig config;
    private final ModelSpec spec;
    private final IntFunction<String> pieces;
    private final Canvas canvas;
    private final Set<Integer> fresh = new HashSet<>();
    /** The token before, by position, where the last step replaced one. */
    private final Map<Integer, Integer> replaced = new HashMap<>();

    private int forwards;
    private int refreshedFrom;
    private int frozenFrom = Integer.MAX_VALUE;

    /** @param pieces the text of one token inside a text */
    CanvasDrawing(int[] prompt, Draft draft, DecodingConfig config, ModelSpec spec, IntFunction<String> pieces) {
        this.config = config;
        this.spec = spec;
        this.pieces = pieces;
        this.canvas = new Canvas(prompt, draft, spec.maskToken());
    }

    /** Takes over what a step did. */
    void follow(StepReport report) {
        fresh.clear();
        replaced.clear();
        if (config.strategy().edits() && canvas.masks() > 0) {
            canvas.hold();
        }
        report.changes().forEach(canvas::apply);
        report.commits().forEach(commit -> fresh.add(commit.position()));
        for (Replace edit : report.edits()) {
            fresh.add(edit.position());
            replaced.put(edit.position(), edit.old());
        }
        if (report.settledEnd() > canvas.settledEnd()) {
            canvas.release();
        }
        canvas.truncate(report.length());
        report.frozenFrom().ifPresent(this::freeze);
        forwards = report.work().forwards();
        refreshedFrom = report.refreshedFrom();
    }

    private void freeze(int end) {
        canvas.freeze(end);
        frozenFrom = end;
    }

    /** Lines that fit the screen; a longer text shows the stretch around its first mask. */
    List<String> lines(ScreenSize size) {
        Set<Integer> open = open();
        StyledText text = new StyledText();
        int firstMask = Integer.MAX_VALUE;
        for (int position = canvas.promptLength(); position < canvas.length(); position++) {
            if (position == canvas.settledEnd()) {
                firstMask = text.length();
            }
            append(position, open, text);
        }
        List<String> lines =
                fit(text.lines(size.columns() - 1), firstMask, Math.max(LEAST_TEXT_LINES, size.rows() - 4));
        lines.add("");
        lines.add(Style.DIM.of(numbers(size.columns() - 1)));
        if (config.cache().keeps() != Keeps.NOTHING && forwards > 0) {
            lines.add(Style.DIM.of(layers(size.columns() - 1)));
        }
        return lines;
    }

    /** A box a layer; of a model with more layers than there is room, a box for some of them, refreshed if one was. */
    private String layers(int width) {
        int boxes = Math.max(1, Math.min(spec.layers(), width - LAYERS.length()));
        int reused = (int) ((long) refreshedFrom * boxes / spec.layers());
        return LAYERS + REUSED.repeat(reused) + REFRESHED.repeat(boxes - reused);
    }

    private void append(int position, Set<Integer> open, StyledText text) {
        String piece = piece(position, open);
        Integer old = replaced.get(position);
        if (old != null && !spec.outsideText(old)) {
            append(pieces.apply(old), Style.STRUCK, text);
        }
        append(piece, style(position), text);
    }

    private static void append(String piece, Style style, StyledText text) {
        text.append(text.length() == 0 ? piece.stripLeading() : piece, style);
    }

    private String piece(int position, Set<Integer> open) {
        if (position >= frozenFrom) {
            return OUTSIDE_TEXT;
        }
        if (canvas.masked(position)) {
            return open.contains(position) ? OPEN_MASK : MASK;
        }
        int token = canvas.token(position);
        return spec.outsideText(token) ? OUTSIDE_TEXT : pieces.apply(token);
    }

    private Style style(int position) {
        if (fresh.contains(position)) {
            return Style.BRIGHT;
        }
        return canvas.masked(position) || spec.outsideText(canvas.token(position)) ? Style.DIM : Style.NORMAL;
    }

    private Set<Integer> open() {
        Set<Integer> open = new HashSet<>();
        if (canvas.masks() > 0) {
            Positions positions = new Positions(config.genLength());
            config.window().open(canvas, positions);
            IntStream.range(0, positions.size()).map(positions::get).forEach(open::add);
        }
        return open;
    }

    /** As many of the numbers as fit. */
    private String numbers(int width) {
        List<String> numbers = new ArrayList<>(List.of(
                "step " + forwards,
                "forwards " + forwards,
                String.format(
                        Locale.ROOT, "%.2f tokens per forward", forwards == 0 ? 0 : (double) textTokens() / forwards),
                decided().count() + " of " + (decided().count() + canvas.masks()) + " decided"));
        while (numbers.size() > 1 && String.join(BETWEEN, numbers).length() > width) {
            numbers.remove(numbers.size() - 1);
        }
        return String.join(BETWEEN, numbers);
    }

    private IntStream decided() {
        return IntStream.range(canvas.promptLength(), canvas.length()).filter(canvas::revisable);
    }

    /** Decided positions that belong to the text. */
    private long textTokens() {
        return decided()
                .filter(position -> !spec.outsideText(canvas.token(position)))
                .count();
    }

    private static List<String> fit(List<StyledText.Line> lines, int firstMask, int room) {
        int at = 0;
        while (at < lines.size() - 1 && lines.get(at).end() <= firstMask) {
            at++;
        }
        int from = Math.max(0, Math.min(at - room / 2, lines.size() - room));
        int to = Math.min(lines.size(), from + room);
        List<String> fitting = new ArrayList<>();
        for (int line = from; line < to; line++) {
            boolean cut = (line == from && from > 0) || (line == to - 1 && to < lines.size());
            fitting.add(cut ? Style.DIM.of(CUT) : lines.get(line).printed());
        }
        return fitting;
    }
}
