package dev.dllm4j.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Measurements as JMH's {@code -rf json} writes them. */
final class Jmh {
    private Jmh() {}

    /**
     * One measurement's {@code score}, {@code error} and {@code unit}.
     *
     * @param name class and method with the parameters that tell it from others: {@code CacheBenchmark.step(rows=32)}
     */
    static ObjectNode measurement(JsonNode file, String name) {
        List<JsonNode> found = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (JsonNode measurement : file) {
            names.add(label(measurement));
            if (matches(measurement, name)) {
                found.add(measurement);
            }
        }
        if (found.size() != 1) {
            throw new IllegalArgumentException("benchmark is " + name + "; " + found.size()
                    + " measurements match and one must; there are " + String.join(", ", names));
        }
        JsonNode metric = found.get(0).path("primaryMetric");
        return JsonNodeFactory.instance
                .objectNode()
                .put("score", metric.path("score").doubleValue())
                .put("error", metric.path("scoreError").asDouble())
                .put("unit", metric.path("scoreUnit").textValue());
    }

    private static boolean matches(JsonNode measurement, String name) {
        int bracket = name.indexOf('(');
        String method = bracket < 0 ? name : name.substring(0, bracket);
        if (!method(measurement).equals(method.strip())) {
            return false;
        }
        String wanted = bracket < 0 ? "" : name.substring(bracket + 1, name.lastIndexOf(')'));
        for (String parameter : wanted.isBlank() ? new String[0] : wanted.split(",", -1)) {
            String[] pair = parameter.strip().split("=", 2);
            if (!measurement.path("params").path(pair[0]).asText().equals(pair[pair.length - 1])) {
                return false;
            }
        }
        return true;
    }

    private static String label(JsonNode measurement) {
        List<String> parameters = new ArrayList<>();
        for (Map.Entry<String, JsonNode> parameter : measurement.path("params").properties()) {
            parameters.add(parameter.getKey() + "=" + parameter.getValue().asText());
        }
        return method(measurement) + (parameters.isEmpty() ? "" : "(" + String.join(", ", parameters) + ")");
    }

    /** Without the packages. */
    private static String method(JsonNode measurement) {
        String name = measurement.path("benchmark").asText();
        int method = name.lastIndexOf('.');
        return name.substring(name.lastIndexOf('.', method - 1) + 1);
    }
}
