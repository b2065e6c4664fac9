package dev.dllm4j.eval.report;

import dev.dllm4j.decoder.template.Template;
import dev.dllm4j.decoder.template.TemplateOptions;
import dev.dllm4j.eval.Summary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Writes a tournament: plots as SVG and PNG, and one HTML file that needs no other. */
public final class TournamentPage {
    private static final List<String> COLUMNS = List.of(
            "strategy",
            "cache",
            "model",
            "gen_length",
            "correct",
            "interval",
            "flexible",
            "forwards",
            "tokens_per_forward",
            "tokens_per_second",
            "rows_saved",
            "wall");

    private TournamentPage() {}

    /**
     * Writes {@code tournament.html} and {@code pareto-forward} and {@code pareto-second}, each as SVG and PNG.
     *
     * @param folder must exist
     */
    public static void write(Tournament tournament, Path folder) {
        System.setProperty("java.awt.headless", "true");
        ParetoPlot byForward = ParetoPlot.byForward(tournament);
        ParetoPlot bySecond = ParetoPlot.bySecond(tournament);
        try {
            Files.writeString(folder.resolve("pareto-forward.svg"), byForward.svg());
            Files.write(folder.resolve("pareto-forward.png"), byForward.png());
            Files.writeString(folder.resolve("pareto-second.svg"), bySecond.svg());
            Files.write(folder.resolve("pareto-second.png"), bySecond.png());
            Files.writeString(folder.resolve("tournament.html"), html(tournament, byForward, bySecond));
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be written (" + e + "); name another with --out", e);
        }
    }

    private static String html(Tournament tournament, ParetoPlot byForward, ParetoPlot bySecond) throws IOException {
        List<Column> columns = COLUMNS.stream()
                .map(name -> Column.named(name, Optional.empty()))
                .toList();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Summary run : tournament.runs()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put(
                    "cells",
                    columns.stream()
                            .map(column -> column.cell().apply(run).replace("`", ""))
                            .toList());
            row.put("front", tournament.onFront(run, Summary::tokensPerForward));
            rows.add(row);
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("headings", columns.stream().map(Column::heading).toList());
        values.put("rows", rows);
        values.put("areas", tournament.areas());
        values.put("byForward", embedded(byForward));
        values.put("bySecond", embedded(bySecond));
        values.put("about", tournament.best().json().toPrettyString());
        values.put("dataset", tournament.best().json().path("dataset").asText());
        values.put("items", tournament.best().items());
        try (InputStream template = Objects.requireNonNull(
                TournamentPage.class.getResourceAsStream("tournament.html"), "tournament.html")) {
            String page = new String(template.readAllBytes(), StandardCharsets.UTF_8);
            return Template.parse(page, TemplateOptions.CHAT).render(values);
        }
    }

    /** An SVG as it stands inside HTML: without its declaration. */
    private static String embedded(ParetoPlot plot) {
        String svg = plot.svg();
        return svg.substring(svg.indexOf("<svg"));
    }
}
