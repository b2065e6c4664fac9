package dev.dllm4j.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The arguments as they were given. Java decodes them in the locale's encoding and loses what that cannot express, which
 * under {@code LC_ALL=C} is everything beyond ASCII; Linux still has the bytes.
 */
final class Arguments {
    static final char REPLACEMENT_CHARACTER = '\ufffd';

    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    /** The arguments read as UTF-8 where Java lost something of them, and all as they are otherwise. */
    static String[] restored(String[] arguments) {
        if (List.of(arguments).stream().allMatch(Arguments::intact) || !Files.isReadable(COMMAND_LINE)) {
            return arguments;
        }
        try {
            return restored(arguments, Files.readAllBytes(COMMAND_LINE));
        } catch (IOException e) {
            return arguments;
        }
    }

    /** @param commandLine of the process: what started Java, then the arguments, a zero byte after each */
    static String[] restored(String[] arguments, byte[] commandLine) {
        List<byte[]> words = words(commandLine);
        int first = words.size() - arguments.length;
        String[] restored = arguments.clone();
        for (int index = 0; index < arguments.length && first >= 0; index++) {
            if (!intact(arguments[index])) {
                restored[index] = utf8(words.get(first + index), arguments[index]);
            }
        }
        return restored;
    }

    /** Whether nothing of a text was lost on the way here. */
    static boolean intact(String text) {
        return text.indexOf(REPLACEMENT_CHARACTER) < 0;
    }

    private static String utf8(byte[] bytes, String otherwise) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return otherwise;
        }
    }

    private static List<byte[]> words(byte[] commandLine) {
        List<byte[]> words = new ArrayList<>();
        int start = 0;
        for (int at = 0; at < commandLine.length; at++) {
            if (commandLine[at] == 0) {
                words.add(Arrays.copyOfRange(commandLine, start, at));
                start = at + 1;
            }
        }
        return words;
    }
}
