package dev.dllm4j.train.problem;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Names and things that problems are about: many, so that a model can only copy them. */
record Words(List<String> names, List<String> things, List<String> boxes) {
    Words {
        names = List.copyOf(names);
        things = List.copyOf(things);
        boxes = List.copyOf(boxes);
    }

    /** A word for every slot of a problem. People differ, and so do the two kinds of things. */
    Map<String, String> draw(SplittableRandom random) {
        Map<String, String> drawn = new HashMap<>();
        List<String> people = distinct(names, 3, random);
        drawn.put("A", people.get(0));
        drawn.put("B", people.get(1));
        drawn.put("C", people.get(2));
        List<String> kinds = distinct(things, 2, random);
        putBoth(drawn, "thing", "things", kinds.get(0));
        putBoth(drawn, "other", "others", kinds.get(1));
        putBoth(drawn, "box", "boxes", distinct(boxes, 1, random).get(0));
        return drawn;
    }

    /** Every word that may be drawn. */
    Stream<String> all() {
        return Stream.concat(
                names.stream(),
                Stream.concat(things.stream(), boxes.stream()).flatMap(word -> Stream.of(word, plural(word))));
    }

    private static void putBoth(Map<String, String> drawn, String one, String many, String word) {
        drawn.put(one, word);
        drawn.put(many, plural(word));
    }

    private static String plural(String word) {
        return word + "s";
    }

    private static List<String> distinct(List<String> words, int count, SplittableRandom random) {
        return random.ints(0, words.size())
                .distinct()
                .limit(count)
                .mapToObj(words::get)
                .toList();
    }
}
