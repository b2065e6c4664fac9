package dev.dllm4j.cache;

/** Every row, every forward: what the other policies are measured against. */
public record NoCache() implements RefreshPolicy {
    @Override
    public Refresh start() {
        return (length, rows) -> rows.addRange(0, length);
    }

    @Override
    public String toString() {
        return "none";
    }
}
