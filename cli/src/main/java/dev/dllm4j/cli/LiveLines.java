package dev.dllm4j.cli;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.StepReport;
import java.io.PrintStream;

/** A line a step where no terminal can be redrawn: number of the step, tokens committed and edited, settled text. */
final class LiveLines implements StepWatcher {
    private final Decoder decoder;
    private final Decoding decoding;
    private final PrintStream out;

    LiveLines(Decoder decoder, Decoding decoding, PrintStream out) {
        this.decoder = decoder;
        this.decoding = decoding;
        this.out = out;
    }

    @Override
    public void after(StepReport report) {
        String settled = decoder.tokenizer().decode(decoder.settledText(decoding));
        String edits = report.edits().isEmpty() ? "" : ", " + report.edits().size() + " edited";
        out.println("step " + (report.step() + 1) + ": " + report.commits().size() + " committed" + edits + ": "
                + settled.replace("\n", "\\n"));
        if (out.checkError()) {
            decoding.cancel(); // nobody reads any more
        }
    }
}
