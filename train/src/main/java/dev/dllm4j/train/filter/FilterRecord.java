package dev.dllm4j.train.filter;

/**
 * What a step of a block looked like, before its commits.
 *
 * @param confidences of every position of the block, committed ones too
 * @param correct whether a position's prediction is the reference's token
 * @param masked whether a position was still to be decoded
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record FilterRecord(float[] confidences, boolean[] correct, boolean[] masked) {}
