package dev.dllm4j.train.run;

import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a starter's checkpoint says of the model's sight, in words; also whether a starter can be trained with it. */
final class SightSettings {
    /** Positions of the longest block. */
    private static final int LONGEST = 512;

    private static final String EVERYTHING = "attention everything";
    private static final String BLOCKS = "attention block-causal, block length ";
    private static final Pattern BLOCK_LENGTH = Pattern.compile(BLOCKS + "([1-9]\\d{0,2})");

    private SightSettings() {}

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

    /** The words for a sight that a starter can be trained with. */
    static String write(Sight sight) {
        return sight instanceof BlockCausal causal ? BLOCKS + causal.length() : EVERYTHING;
    }

    /**
     * The sight of words.
     *
     * @param settings empty in checkpoints of runs in which rows see everything
     * @throws ModelException if they are not a starter's
     */
    static Sight read(String settings) {
        Matcher blocks = BLOCK_LENGTH.matcher(settings);
        if (blocks.matches()) {
            return new BlockCausal(Integer.parseInt(blocks.group(1)), Origin.START);
        }
        if (settings.isEmpty() || settings.equals(EVERYTHING)) {
            return new Everything();
        }
        throw new ModelException(
                "the checkpoint's settings are \"" + settings + "\", none of a starter's run; choose another folder");
    }
}
