package dev.dllm4j.cli.docs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The table {@code commands.txt}. A line {@code == PAGE} begins a page's rows, a line without an indent a command's row,
 * an indented one says something of the command ({@code run:}, {@code not run:}, {@code serves:}, {@code prints:}) and
 * goes on in lines indented further. {@code #} begins a comment.
 */
final class StandIns {
    private static final List<String> KNOWN = List.of("run", "not run", "serves", "prints");

    private final List<StandIn> rows;

    private StandIns(List<StandIn> rows) {
        this.rows = rows;
    }

    static StandIns parse(String table) {
        List<StandIn> rows = new ArrayList<>();
        String page = "";
        String command = "";
        Map<String, List<String>> said = new LinkedHashMap<>();
        List<String> last = new ArrayList<>();
        for (String line : (table + "\n== \n").lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("    ")) {
                last.add(last.remove(last.size() - 1) + "\n" + line.strip());
            } else if (line.startsWith("  ")) {
                String[] field = line.strip().split(": ", 2);
                last = said.computeIfAbsent(field[0], name -> new ArrayList<>());
                last.add(field[1]);
            } else {
                if (!command.isEmpty()) {
                    rows.add(row(page, command, said));
                }
                said.clear();
                boolean begins = line.startsWith("== ");
                page = begins ? line.substring(3).strip() : page;
                command = begins ? "" : line.strip();
            }
        }
        return new StandIns(rows);
    }

    private static StandIn row(String page, String command, Map<String, List<String>> said) {
        if (!KNOWN.containsAll(said.keySet())) {
            throw new IllegalArgumentException(command + " has " + said.keySet() + "; known are " + KNOWN);
        }
        return new StandIn(
                page,
                command,
                one(said, "run"),
                one(said, "not run"),
                one(said, "serves"),
                said.getOrDefault("prints", List.of()));
    }

    private static Optional<String> one(Map<String, List<String>> said, String name) {
        List<String> values = Optional.ofNullable(said.get(name)).orElse(List.of());
        if (values.size() > 1) {
            throw new IllegalArgumentException(name + " is said twice: " + values);
        }
        return values.stream().findFirst();
    }

    List<StandIn> rows() {
        return List.copyOf(rows);
    }

    /** What to do about a page's command: the row that is it, else the one that begins like it, else to run it. */
    StandIn of(String page, String command) {
        List<StandIn> own = rows.stream().filter(row -> row.page().equals(page)).toList();
        return own.stream()
                .filter(row -> row.is(command))
                .findFirst()
                .or(() -> own.stream().filter(row -> row.beginsLike(command)).findFirst())
                .orElseGet(() -> StandIn.asWritten(page, command));
    }
}
