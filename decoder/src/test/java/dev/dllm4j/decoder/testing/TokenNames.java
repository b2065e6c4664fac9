package dev.dllm4j.decoder.testing;

import dev.dllm4j.decoder.text.Tokenizer;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A tokenizer for models without a vocabulary: the text of id 7 is {@code 7}, separated by spaces. */
public class TokenNames implements Tokenizer {
    @Override
    public int[] encode(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    @Override
    public String decode(int[] ids) {
        return IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }

    @Override
    public OptionalInt id(String token) {
        return token.matches("\\d+") ? OptionalInt.of(Integer.parseInt(token)) : OptionalInt.empty();
    }

    @Override
    public boolean special(int id) {
        return false;
    }

    @Override
    public void close() {}
}
