package dev.dllm4j.train.model;

import dev.dllm4j.decoder.model.ModelException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the rows of a model's canvas see of one another. */
public sealed interface Attention {
    /** Every row sees all rows, as in LLaDA. */
    record Everything() implements Attention {
        @Override
        public String toString() {
            return "attention everything";
        }
    }

    /**
     * A row sees its own block and those before. Blocks lie on multiples of their length, counted from the canvas's
     * start, so that a prompt's last tokens may share a block with the answer's first.
     *
     * @param length positions of a block
     */
    record BlockCausal(int length) implements Attention {
        public BlockCausal {
            if (length < 1 || length > LONGEST) {
                throw new IllegalArgumentException(
                        "block length is " + length + "; it must be within [1, " + LONGEST + "]");
            }
        }

        @Override
        public String toString() {
            return "attention block-causal, block length " + length;
        }
    }

    /** Positions of the longest block. */
    int LONGEST = 512;

    Pattern BLOCKS = Pattern.compile("attention block-causal, block length (\\d{1,3})");

    /**
     * What a run's checkpoint says, in the words of its attention.
     *
     * @param settings empty in checkpoints of runs in which rows see everything
     */
    static Attention of(String settings) {
        Matcher blocks = BLOCKS.matcher(settings);
        if (blocks.matches()) {
            return new BlockCausal(Integer.parseInt(blocks.group(1)));
        }
        Attention everything = new Everything();
        if (settings.isEmpty() || settings.equals(everything.toString())) {
            return everything;
        }
        throw new ModelException(
                "the checkpoint's settings are \"" + settings + "\", none of a starter's run; choose another folder");
    }
}
