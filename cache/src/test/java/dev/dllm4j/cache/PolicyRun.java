package dev.dllm4j.cache;

/** A policy at work on one sequence: plans forward after forward into one plan, as a driver does. */
final class PolicyRun {
    private final RefreshPolicy.Refresh refresh;
    private final RowPlan plan = new RowPlan(8);

    PolicyRun(RefreshPolicy policy, int layers, boolean shifted) {
        this(policy, new SequenceShape(layers, shifted, Scene.PROMPT_LENGTH, 64, null));
    }

    PolicyRun(RefreshPolicy policy, SequenceShape shape) {
        refresh = policy.start(shape);
    }

    RowPlan plan(Scene scene) {
        plan.clear();
        refresh.plan(scene.forward(), plan);
        return plan;
    }

    RefreshPolicy.Refresh refresh() {
        return refresh;
    }

    boolean owesForward() {
        return refresh.owesForward(false);
    }
}
