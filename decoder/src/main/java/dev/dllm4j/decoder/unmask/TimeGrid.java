package dev.dllm4j.decoder.unmask;

/**
 * Dream's time grid: evenly spaced from 1 down to {@code last}, in float32 and in the order of operations that
 * PyTorch's {@code linspace} has, because whether a token is due can hang on a float's last bit.
 *
 * @param steps of a part
 */
record TimeGrid(int steps, float last) {
    /** Tokens due of {@code masks} at a 0-based step; all of them from the last step on. */
    int due(int masks, int step) {
        return step >= steps - 1 ? masks : (int) (masks * (1 - time(step + 1) / time(step)));
    }

    private float time(int index) {
        float spacing = (last - 1) / steps;
        return index < (steps + 1) / 2 ? 1 + spacing * index : last - spacing * (steps - index);
    }
}
