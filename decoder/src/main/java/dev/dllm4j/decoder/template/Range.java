package dev.dllm4j.decoder.template;

import java.util.AbstractList;

/** Python's range. */
final class Range extends AbstractList<Object> {
    private final long start;
    private final long stop;
    private final long step;
    private final int size;

    Range(long start, long stop, long step, int size) {
        this.start = start;
        this.stop = stop;
        this.step = step;
        this.size = size;
    }

    @Override
    public Object get(int index) {
        return start + index * step;
    }

    @Override
    public int size() {
        return size;
    }

    /** Elements at these places. */
    Range slice(long from, long to, long by, int count) {
        return new Range(start + from * step, start + to * step, step * by, count);
    }

    String shown() {
        return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
    }
}
