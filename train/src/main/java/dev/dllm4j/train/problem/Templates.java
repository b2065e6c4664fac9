package dev.dllm4j.train.problem;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads the templates and word lists that come with the module. */
final class Templates {
    private static final String QUESTION = "? ";
    private static final String ANSWER = "= ";

    private Templates() {}

    static List<Template> bundled() {
        List<Template> templates = new ArrayList<>();
        List<Phrase> questions = new ArrayList<>();
        String name = "";
        for (String line : resource("templates.txt").lines().toList()) {
            if (line.startsWith("[")) {
                name = line.substring(1, line.length() - 1);
                questions.clear();
            } else if (line.startsWith(QUESTION)) {
                questions.add(Phrase.parse(line.substring(QUESTION.length())));
            } else if (line.startsWith(ANSWER)) {
                templates.add(new Template(name, questions, Phrase.parse(line.substring(ANSWER.length()))));
            }
        }
        return templates;
    }

    static Words words() {
        return new Words(list("names.txt"), list("things.txt"), list("boxes.txt"));
    }

    private static List<String> list(String name) {
        return Arrays.asList(resource(name).strip().split("\\s+"));
    }

    private static String resource(String name) {
        try (InputStream in = Templates.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + " is missing");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
