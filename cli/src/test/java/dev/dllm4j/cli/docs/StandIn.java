package dev.dllm4j.cli.docs;

import java.util.List;
import java.util.Optional;

/**
 * A row of the table: what is known of one command of a page.
 *
 * @param page the page's name
 * @param command as the page writes it; {@code …} at the end stands for any rest
 * @param run what runs in its stead; empty where it runs as written
 * @param notRun why neither it nor anything in its stead runs
 * @param serves a line behind which it goes on running, for the page's other commands
 * @param prints what its output has and the page says that it has
 */
record StandIn(
        String page,
        String command,
        Optional<String> run,
        Optional<String> notRun,
        Optional<String> serves,
        List<String> prints) {
    private static final String REST = " …";

    StandIn {
        prints = List.copyOf(prints);
        if (run.isPresent() && notRun.isPresent()) {
            throw new IllegalArgumentException(command + " has both run and not run; give one of them");
        }
        if (run.isEmpty() && notRun.isEmpty() && serves.isEmpty() && prints.isEmpty()) {
            throw new IllegalArgumentException(command + " has nothing said of it; leave it out");
        }
    }

    static StandIn asWritten(String page, String command) {
        return new StandIn(page, command, Optional.of(command), Optional.empty(), Optional.empty(), List.of());
    }

    /** As a test's name. */
    @Override
    public String toString() {
        return page + ": " + command;
    }

    boolean is(String other) {
        return ShellText.oneLine(command).equals(ShellText.oneLine(other));
    }

    boolean beginsLike(String other) {
        return command.endsWith(REST)
                && ShellText.oneLine(other).startsWith(command.substring(0, command.length() - REST.length()));
    }
}
