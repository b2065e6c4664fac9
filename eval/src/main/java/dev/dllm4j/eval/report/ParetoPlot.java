package dev.dllm4j.eval.report;

import dev.dllm4j.eval.Summary;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Accuracy against speed: a line a method, along its numbers, and the front of runs that nothing beats in both.
 *
 * @param axis title of the speed's axis
 */
record ParetoPlot(Tournament tournament, String axis, ToDoubleFunction<Summary> speed) {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 540;
    private static final String FRONT = "Pareto front";

    static ParetoPlot byForward(Tournament tournament) {
        return new ParetoPlot(tournament, "tokens a forward", Summary::tokensPerForward);
    }

    static ParetoPlot bySecond(Tournament tournament) {
        return new ParetoPlot(tournament, "tokens a second", Summary::tokensPerSecond);
    }

    String svg() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            VectorGraphicsEncoder.saveVectorGraphic(chart(), bytes, VectorGraphicsFormat.SVG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    byte[] png() {
        try {
            return BitmapEncoder.getBitmapBytes(chart(), BitmapEncoder.BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private XYChart chart() {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle(axis)
                .yAxisTitle("accuracy, %")
                .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setChartTitleVisible(false)
                .setLegendBorderColor(Color.WHITE)
                .setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        chart.getStyler().setMarkerSize(9);
        chart.getStyler().setLocale(Locale.ROOT).setXAxisDecimalPattern("0.#").setYAxisDecimalPattern("0.#");
        List<Summary> front = sorted(tournament.runs().stream()
                .filter(run -> tournament.onFront(run, speed))
                .toList());
        XYSeries line = series(chart, FRONT, front);
        line.setMarker(SeriesMarkers.NONE);
        line.setLineColor(Color.LIGHT_GRAY);
        line.setLineStyle(new BasicStroke(5));
        tournament.methods().forEach((method, runs) -> series(chart, method, sorted(runs)));
        return chart;
    }

    private XYSeries series(XYChart chart, String name, List<Summary> runs) {
        XYSeries series = chart.addSeries(
                name,
                runs.stream().mapToDouble(speed).toArray(),
                runs.stream().mapToDouble(run -> 100 * run.accuracy()).toArray());
        series.setLineStyle(new BasicStroke(1.5f));
        return series;
    }

    private List<Summary> sorted(List<Summary> runs) {
        return runs.stream().sorted(Comparator.comparingDouble(speed)).toList();
    }
}
