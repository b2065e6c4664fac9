package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * A run in the layout of lm-evaluation-harness's results files, for tools that read those.
 *
 * @see <a href="https://github.com/EleutherAI/lm-evaluation-harness">lm-evaluation-harness, evaluator.py</a>
 */
final class LmEvalJson {
    static final String FILE = "lm_eval_results.json";

    private static final double VERSION = 3.0;

    private LmEvalJson() {}

    /**
     * @param summary as {@link Summing} makes it
     * @param available questions of the whole file
     */
    static ObjectNode of(JsonNode summary, Task task, int available, Instant date) {
        String name = task.toString();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode scores = json.putObject("results").putObject(name).put("alias", name);
        int items = summary.path("items").intValue();
        score(scores, "strict-match", summary.path("accuracy").doubleValue(), items);
        score(scores, "flexible-extract", summary.path("flexible_accuracy").doubleValue(), items);
        json.putObject("group_subtasks").putArray(name);
        configuration(json.putObject("configs").putObject(name), summary, task);
        json.putObject("versions").put(name, VERSION);
        json.putObject("n-shot").set(name, summary.path("fewshot").path("count"));
        json.putObject("higher_is_better").putObject(name).put("exact_match", true);
        json.putObject("n-samples").putObject(name).put("original", available).put("effective", items);
        ObjectNode config = json.putObject("config").put("model", "dllm4j");
        config.set("model_args", summary.path("settings"));
        config.set("batch_size", summary.path("batch"));
        config.put("limit", items < available ? items : null);
        config.set("fewshot_seed", summary.path("fewshot").path("seed"));
        json.put("date", date.toEpochMilli() / 1e3);
        json.put("model_name", summary.path("settings").path("model").asText());
        json.put("total_evaluation_time_seconds", summary.path("wall_seconds").asText());
        return json;
    }

    private static void configuration(ObjectNode config, JsonNode summary, Task task) {
        config.put("task", task.toString()).put("output_type", "generate_until");
        config.set("dataset_path", summary.path("dataset"));
        config.set("num_fewshot", summary.path("fewshot").path("count"));
        ObjectNode generation = config.putObject("generation_kwargs").put("do_sample", false);
        task.stops().forEach(generation.putArray("until")::add);
        config.putObject("metadata").put("version", VERSION);
    }

    /** With the standard error of a mean, as the harness estimates it from the sample. */
    private static void score(ObjectNode scores, String filter, double share, int items) {
        scores.put("exact_match," + filter, share);
        if (items > 1) {
            scores.put("exact_match_stderr," + filter, Math.sqrt(share * (1 - share) / (items - 1)));
        } else {
            scores.put("exact_match_stderr," + filter, "N/A");
        }
    }
}
