package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.StepReport;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import java.util.Optional;

/** A sequence that nobody steps and nobody follows, however often it is submitted. */
final class ScriptedSequences {
    private static final Watcher WATCHER = new Watcher() {
        @Override
        public boolean stepped(Decoding decoding, StepReport report) {
            return true;
        }

        @Override
        public void ended(Decoding decoding, End end) {}
    };

    static final Engine.Entry ENTRY = new Engine.Entry(
            new Decoder(
                            new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.95)),
                            new TokenNames(),
                            Optional.empty(),
                            "scripted")
                    .start(new int[] {1}, DecodingConfig.DEFAULT.withGenLength(32)),
            WATCHER);

    private ScriptedSequences() {}
}
