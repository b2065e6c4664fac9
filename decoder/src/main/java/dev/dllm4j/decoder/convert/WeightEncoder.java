package dev.dllm4j.decoder.convert;

import java.nio.ByteBuffer;
import java.util.List;

/** Turns a tensor, chunk by chunk, into the parts of a weight. Confined to one thread; a chunk may keep all cores busy. */
interface WeightEncoder {
    /** Numbers of a chunk; the last one may have fewer. */
    int chunk();

    /**
     * The next bytes of the weight's first part, in a buffer that the next call reuses.
     *
     * @throws OutOfRangeException where a number cannot be said in the weight's type
     */
    ByteBuffer encode(ByteBuffer chunk) throws OutOfRangeException;

    /** What is still missing of each part, once every chunk is encoded. */
    List<ByteBuffer> rest();
}
