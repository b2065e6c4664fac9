package dev.dllm4j.cli.docs;

import java.util.ArrayList;
import java.util.List;

/** Shell commands as pages write them. */
final class ShellText {
    private ShellText() {}

    /**
     * The commands of a block. One goes on over a line's end within quotes, after a backslash, and up to the
     * {@code done} of its {@code for}.
     */
    static List<String> commands(String block) {
        List<String> commands = new ArrayList<>();
        StringBuilder command = new StringBuilder();
        for (String line : block.lines().toList()) {
            command.append(command.isEmpty() ? "" : "\n").append(line);
            String bare = withoutComments(command.toString());
            if (bare.isBlank()) {
                command.setLength(0);
            } else if (complete(bare)) {
                commands.add(bare.strip());
                command.setLength(0);
            }
        }
        if (!command.isEmpty()) {
            throw new IllegalArgumentException("a command does not end: " + command);
        }
        return commands;
    }

    /** A command without the breaks that mean nothing to the shell. */
    static String oneLine(String command) {
        return DocsPage.oneLine(command.replace("\\\n", " "));
    }

    private static boolean complete(String command) {
        return quote(command) == 0
                && !command.endsWith("\\")
                && (!command.startsWith("for ")
                        || command.lines().anyMatch(line -> line.startsWith("done"))
                        || command.contains("; done"));
    }

    /** The quote that is open at a text's end, or 0. */
    private static char quote(String text) {
        char open = 0;
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            if (open == 0 && (character == '"' || character == '\'')) {
                open = character;
            } else if (character == open) {
                open = 0;
            } else if (character == '\\' && open != '\'') {
                at++;
            }
        }
        return open;
    }

    private static String withoutComments(String text) {
        StringBuilder kept = new StringBuilder();
        for (String line : text.lines().toList()) {
            kept.append(kept.isEmpty() ? "" : "\n");
            int comment = line.indexOf(" #");
            while (comment >= 0 && quote(kept + line.substring(0, comment)) != 0) {
                comment = line.indexOf(" #", comment + 1);
            }
            boolean whole = line.startsWith("#") && quote(kept.toString()) == 0;
            kept.append(
                    whole ? "" : comment < 0 ? line : line.substring(0, comment).stripTrailing());
        }
        return kept.toString();
    }
}
