package dev.dllm4j.train.run;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a starter's checkpoint says of the model in words, so that a run that goes on need not be told again.
 *
 * @param sight what the model's rows see
 * @param experts of a layer; empty where it has one feed-forward part
 */
record StarterSettings(Sight sight, Optional<ExpertSizes> experts) {
    /** What a run has that is not told otherwise. */
    static final StarterSettings DEFAULT = new StarterSettings(new Everything(), Optional.empty());

    /** Positions of the longest block. */
    private static final int LONGEST = 512;

    private static final String EVERYTHING = "attention everything";
    private static final String BLOCKS = "attention block-causal, block length ";
    private static final String NUMBER = "([1-9]\\d{0,8})";
    private static final Pattern BLOCK_LENGTH = Pattern.compile(BLOCKS + "([1-9]\\d{0,2})");
    private static final Pattern EXPERTS =
            Pattern.compile(EVERYTHING + ", experts " + NUMBER + ", active " + NUMBER + ", expert width " + NUMBER);

    /** @throws IllegalArgumentException if no starter is trained so */
    StarterSettings {
        requireTrainable(sight);
        if (experts.isPresent() && !(sight instanceof Everything)) {
            throw new IllegalArgumentException("experts is " + experts.get().count() + " and rows see " + sight
                    + "; a LLaDA-MoE's rows see everything, so leave out experts or block-causal attention");
        }
    }

    /** @throws IllegalArgumentException if no starter is trained to see so */
    static void requireTrainable(Sight sight) {
        if (sight instanceof BlockCausal causal && causal.origin() == Origin.START) {
            if (causal.length() > LONGEST) {
                throw new IllegalArgumentException(
                        "block length is " + causal.length() + "; it must be within [1, " + LONGEST + "]");
            }
        } else if (!(sight instanceof Everything)) {
            throw new IllegalArgumentException("sight is " + sight
                    + "; a starter's rows see everything or blocks from the start, so choose one of these");
        }
    }

    /** The words. */
    String write() {
        String seen = sight instanceof BlockCausal causal ? BLOCKS + causal.length() : EVERYTHING;
        return seen
                + experts.map(sizes -> ", experts " + sizes.count() + ", active " + sizes.active() + ", expert width "
                                + sizes.width())
                        .orElse("");
    }

    /**
     * What words say.
     *
     * @param settings empty in checkpoints of runs in which rows see everything
     * @throws ModelException if they are not a starter's
     */
    static StarterSettings read(String settings) {
        Matcher blocks = BLOCK_LENGTH.matcher(settings);
        if (blocks.matches()) {
            return new StarterSettings(
                    new BlockCausal(Integer.parseInt(blocks.group(1)), Origin.START), Optional.empty());
        }
        Matcher experts = EXPERTS.matcher(settings);
        if (experts.matches()) {
            return new StarterSettings(new Everything(), Optional.of(sizes(experts)));
        }
        if (settings.isEmpty() || settings.equals(EVERYTHING)) {
            return DEFAULT;
        }
        throw new ModelException(
                "the checkpoint's settings are \"" + settings + "\", none of a starter's run; choose another folder");
    }

    private static ExpertSizes sizes(Matcher experts) {
        return new ExpertSizes(
                Integer.parseInt(experts.group(1)),
                Integer.parseInt(experts.group(2)),
                Integer.parseInt(experts.group(3)));
    }
}
