package dev.dllm4j.cache;

/** Every row, every forward: what the other policies are measured against. */
public record NoCache() implements RefreshPolicy {
    @Override
    public Keeps keeps() {
        return Keeps.NOTHING;
    }

    @Override
    public Refresh start(SequenceShape shape) {
        return (forward, plan) -> plan.refreshAll(forward.length());
    }

    @Override
    public String toString() {
        return "none";
    }
}
