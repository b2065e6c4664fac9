package dev.dllm4j.train.problem;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The values of a problem's variables.
 *
 * @param given those that its question names, by variable
 * @param all with the results of its steps
 */
record Numbers(Map<Character, Integer> given, Map<Character, Integer> all) {
    Numbers {
        given = Collections.unmodifiableMap(new TreeMap<>(given));
        all = Map.copyOf(all);
    }

    int of(char variable) {
        Integer value = all.get(variable);
        if (value == null) {
            throw new IllegalStateException("variable " + variable + " has no value");
        }
        return value;
    }
}
