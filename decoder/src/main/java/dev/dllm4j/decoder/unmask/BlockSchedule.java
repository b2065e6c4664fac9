package dev.dllm4j.decoder.unmask;

import dev.dllm4j.decoder.spec.Spec;
import java.util.Locale;

/**
 * As many positions at each step as a whole block's share: from left to right, or the most confident ones (SDAR
 * {@code generate.py}: {@code sequential} and {@code low_confidence_static}). Steps are those of a block, whatever the
 * gen length, and a block that begins with part of its positions given takes fewer.
 *
 * <p>The original commits the planned number also where fewer masks are left, and then overwrites given tokens. Here only
 * masks commit.
 *
 * @param order which positions commit first
 * @param steps of a whole block
 * @param remainder what becomes of positions that the steps do not divide
 * @see <a href="https://arxiv.org/abs/2510.06303">SDAR: A Synergistic Diffusion-AutoRegression Paradigm for Scalable
 *     Sequence Generation</a>
 */
public record BlockSchedule(Order order, int steps, Remainder remainder) implements UnmaskingStrategy {
    /** Those of the authors' script. */
    static final int STEPS = 4;

    /** Which positions commit first. */
    public enum Order {
        /** The leftmost masks. */
        SEQUENTIAL,
        /** The most confident. */
        STATIC
    }

    /** What becomes of the positions that the steps do not divide. */
    public enum Remainder {
        /** The first steps get one more each (SDAR, JetEngine). */
        FIRST,
        /** No step gets more, and a block takes as many steps as it needs (lmdeploy). */
        IGNORED
    }

    public BlockSchedule {
        BlockQuota.requireSteps(steps);
    }

    /** With the remainder first. */
    public BlockSchedule(Order order, int steps) {
        this(order, steps, Remainder.FIRST);
    }

    /** Reads {@code static(steps=4,remainder=ignored)}. */
    static BlockSchedule parse(Spec spec, Order order) {
        spec.only("steps", "remainder");
        return new BlockSchedule(order, spec.integer("steps", STEPS), spec.choice("remainder", Remainder.FIRST));
    }

    @Override
    public Selector start(Plan plan) {
        OpenRanking ranking = new OpenRanking();
        int whole = remainder == Remainder.FIRST ? plan.partLength() : plan.partLength() / steps * steps;
        BlockQuota quota = new BlockQuota(whole, steps);
        Planned selector = (view, chosen) -> {
            if (order == Order.SEQUENTIAL) {
                ranking.rankFromLeft(view);
            } else {
                ranking.rank(view, view.predictions()::confidence);
            }
            ranking.addFirst(quota.next(view), chosen);
        };
        return selector;
    }

    @Override
    public String toString() {
        return order.name().toLowerCase(Locale.ROOT) + "(steps=" + steps
                + (remainder == Remainder.FIRST ? ")" : ",remainder=ignored)");
    }
}
