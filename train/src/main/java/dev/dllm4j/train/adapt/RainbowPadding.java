package dev.dllm4j.train.adapt;

import dev.dllm4j.decoder.convert.HfCheckpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * One end token, then a cycle of distinct padding tokens that starts anew behind every answer.
 *
 * @param end id of the end token
 * @param pads ids of the cycle; empty pads with end tokens alone
 * @see <a href="https://arxiv.org/abs/2510.03680">Rainbow Padding: Mitigating Early Termination in Instruction-Tuned
 *     Diffusion LLMs</a>
 */
public record RainbowPadding(int end, List<Integer> pads) {
    public RainbowPadding {
        pads = List.copyOf(pads);
        if (Set.copyOf(pads).size() != pads.size() || pads.contains(end)) {
            throw new IllegalArgumentException(
                    "pads is " + pads + "; they must be different ids, none of them the end token's, " + end);
        }
    }

    /** An answer, without an end token, in a canvas of some length, which is left as it is if the answer fills it. */
    public int[] pad(int[] answer, int length) {
        int[] canvas = Arrays.copyOf(answer, Math.max(length, answer.length));
        for (int position = answer.length; position < canvas.length; position++) {
            int behindEnd = position - answer.length - 1;
            canvas[position] = behindEnd < 0 || pads.isEmpty() ? end : pads.get(behindEnd % pads.size());
        }
        return canvas;
    }

    /** The padding of a model, whose cycle runs through its padding tokens by id where it has more than one. */
    public static RainbowPadding of(HfCheckpoint model) {
        Set<Integer> pads = model.spec().padTokens();
        return new RainbowPadding(
                model.endToken(), pads.size() > 1 ? pads.stream().sorted().toList() : List.of());
    }

    /** Ids one after the other. */
    public static List<Integer> consecutive(int first, int count) {
        List<Integer> ids = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            ids.add(first + index);
        }
        return ids;
    }
}
