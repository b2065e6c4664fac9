package dev.dllm4j.decoder.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Attributes of attributes, as filters take them: {@code "function.name"}, or a place. */
record Path(List<Object> steps, Optional<Object> fallback, Budget budget) {
    static Path of(Object attribute, Budget budget) {
        return new Path(steps(attribute), Optional.empty(), budget);
    }

    static Path of(Object attribute, Object fallback, Budget budget) {
        return new Path(steps(attribute), Optional.of(fallback), budget);
    }

    private static List<Object> steps(Object attribute) {
        if (!(attribute instanceof String names)) {
            return List.of(Values.index(attribute, "an attribute"));
        }
        List<Object> steps = new ArrayList<>();
        for (String name : names.split("\\.", -1)) {
            boolean place =
                    !name.isEmpty() && name.length() < 10 && name.chars().allMatch(Character::isDigit);
            steps.add(place ? (Object) Long.parseLong(name) : name);
        }
        return steps;
    }

    Object get(Object value) {
        Object found = value;
        for (Object step : steps) {
            budget.step();
            found = Attributes.item(found, step, budget);
            if (found instanceof Undefined && fallback.isPresent()) {
                found = fallback.get();
            }
        }
        return found;
    }
}
