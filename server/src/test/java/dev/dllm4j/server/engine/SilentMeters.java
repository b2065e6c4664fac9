package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.schedule.Outcome;
import java.util.List;

/** Counts nothing. */
final class SilentMeters implements EngineMeters {
    @Override
    public void stepped(List<Outcome> outcomes, long nanos) {}

    @Override
    public void handedOver(long nanos) {}

    @Override
    public void ended(Decoding decoding, End end) {}

    @Override
    public void answered(int textTokens, int forwardsMade) {}

    @Override
    public void failed() {}

    @Override
    public void refused(Refused.Cause why) {}
}
