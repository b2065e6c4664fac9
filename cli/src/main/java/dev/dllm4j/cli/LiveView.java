package dev.dllm4j.cli;

import dev.dllm4j.decoder.StepReport;
import java.util.concurrent.locks.LockSupport;

/**
 * Redraws the canvas in place after every step. A small model steps faster than an eye follows, so that each frame stays
 * for a moment; a model that needs longer than that is not held up.
 */
final class LiveView implements StepWatcher {
    private static final long FRAME_NANOS = 40_000_000;

    private final CanvasDrawing drawing;
    private final Screen screen;
    private long drawnAt;

    LiveView(CanvasDrawing drawing, Screen screen) {
        this.drawing = drawing;
        this.screen = screen;
        draw();
    }

    @Override
    public void after(StepReport report) {
        drawing.follow(report);
        LockSupport.parkNanos(drawnAt + FRAME_NANOS - System.nanoTime());
        draw();
    }

    @Override
    public void close() {
        screen.close();
    }

    private void draw() {
        screen.draw(drawing.lines(screen.size()));
        drawnAt = System.nanoTime();
    }
}
