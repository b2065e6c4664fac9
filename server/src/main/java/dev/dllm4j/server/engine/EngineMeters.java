package dev.dllm4j.server.engine;

import dev.dllm4j.decoder.Decoding;
import dev.dllm4j.decoder.schedule.Outcome;
import java.util.List;

/** What an engine counts. Called on its thread, but for {@link #refused}. */
public interface EngineMeters {
    /**
     * A shared step was made.
     *
     * @param nanos of the forward and of what each sequence decided on it
     */
    void stepped(List<Outcome> outcomes, long nanos);

    /** The step's results were handed to those who follow. */
    void handedOver(long nanos);

    /** The engine let go of a sequence. */
    void ended(Decoding decoding, End end);

    /** A sequence gave a text. */
    void answered(int textTokens, int forwardsMade);

    /** The engine failed and began anew, or failed once too often and stays stopped. */
    void failed();

    /** The engine refused a request; on the thread of whoever asked. */
    void refused(Refused.Cause why);
}
