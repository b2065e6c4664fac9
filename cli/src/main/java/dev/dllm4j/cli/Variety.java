package dev.dllm4j.cli;

import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.unmask.BlockSchedule;
import dev.dllm4j.decoder.unmask.CarryOver;
import dev.dllm4j.decoder.unmask.Certainty;
import dev.dllm4j.decoder.unmask.ConfidenceThreshold;
import dev.dllm4j.decoder.unmask.DynamicSchedule;
import dev.dllm4j.decoder.unmask.Factor;
import dev.dllm4j.decoder.unmask.FixedSchedule;
import dev.dllm4j.decoder.unmask.Hierarchy;
import dev.dllm4j.decoder.unmask.LearnedFilter;
import dev.dllm4j.decoder.unmask.Revision;
import dev.dllm4j.decoder.unmask.TokenEdits;
import dev.dllm4j.decoder.unmask.TopK;
import dev.dllm4j.decoder.unmask.UnmaskingStrategy;
import java.util.Optional;

/** Whether a temperature makes seeds matter. */
final class Variety {
    private Variety() {}

    /** What to tell a user who set a temperature where it changes little. */
    static Optional<String> hint(DecodingConfig config) {
        return config.sampling().temperature() > 0 && surestDrawsFirst(config.strategy())
                ? Optional.of(
                        "under " + config.strategy()
                                + " the surest draws commit first, so seeds change little; --strategy random lets them change more")
                : Optional.empty();
    }

    /**
     * Whether a draw's confidence, its probability without temperature in LLaDA's code, decides if it commits: what is
     * drawn against the odds is then drawn again, until it is what was likely anyway.
     */
    private static boolean surestDrawsFirst(UnmaskingStrategy strategy) {
        return (strategy instanceof ConfidenceThreshold bar && bar.threshold() > 0)
                || (strategy instanceof FixedSchedule schedule && schedule.by() == Certainty.CONFIDENCE)
                || (strategy instanceof BlockSchedule schedule && schedule.order() == BlockSchedule.Order.STATIC)
                || strategy instanceof DynamicSchedule
                || strategy instanceof Factor
                || strategy instanceof Hierarchy
                || strategy instanceof LearnedFilter
                || strategy instanceof Revision
                || (strategy instanceof TokenEdits edits && surestDrawsFirst(edits.then()))
                || strategy instanceof TopK
                || strategy instanceof CarryOver;
    }
}
