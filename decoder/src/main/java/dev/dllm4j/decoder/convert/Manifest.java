package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.model.FeedForward;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Recipe;
import dev.dllm4j.decoder.model.Router;
import dev.dllm4j.decoder.model.Sight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The content of {@code dllm4j.json}, in the order it is written.
 *
 * @param format version of the folder's layout
 * @param weights how they are stored
 * @param recipe how the model's authors decode it
 * @param loss what these weights lost, where it was measured; no field of the file otherwise
 * @param files by name; everything in the folder but the manifest itself
 */
record Manifest(
        int format,
        WeightTypes weights,
        ModelSpec model,
        Recipe recipe,
        @JsonIgnore Optional<WeightLoss> loss,
        Map<String, StoredFile> files) {
    static final String NAME = "dllm4j.json";
    static final int FORMAT = 6;

    private static final ObjectMapper MAPPER = JsonFile.MAPPER
            .copy()
            .registerModule(new SimpleModule()
                    .addAbstractTypeMapping(Set.class, LinkedHashSet.class)) // end tokens have an order
            .addMixIn(Sight.class, Kinds.OfSight.class)
            .addMixIn(FeedForward.class, Kinds.OfFeedForward.class)
            .addMixIn(Router.class, Kinds.OfRouter.class);

    private static final String LOSS = "loss";
    private static final String FILES = "files";

    static final String CONVERT = "; convert the checkpoint again with `dllm4j convert`";

    Manifest {
        files = new TreeMap<>(files);
    }

    /** Of weights whose loss nobody measured. */
    @JsonCreator
    Manifest(
            @JsonProperty("format") int format,
            @JsonProperty("weights") WeightTypes weights,
            @JsonProperty("model") ModelSpec model,
            @JsonProperty("recipe") Recipe recipe,
            @JsonProperty(FILES) Map<String, StoredFile> files) {
        this(format, weights, model, recipe, Optional.empty(), files);
    }

    Manifest with(WeightLoss measured) {
        return new Manifest(format, weights, model, recipe, Optional.of(measured), files);
    }

    static Manifest read(Path folder) {
        Path file = folder.resolve(NAME);
        ObjectNode json = JsonFile.read(file);
        JsonNode format = json.path("format");
        if (!format.isInt() || format.intValue() != FORMAT) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "%s: format is %s; this version of dllm4j reads %d%s",
                    file,
                    json.has("format") ? format : "missing",
                    FORMAT,
                    CONVERT));
        }
        try {
            JsonNode loss = json.remove(LOSS);
            Manifest manifest = MAPPER.treeToValue(json, Manifest.class);
            return loss == null ? manifest : manifest.with(MAPPER.treeToValue(loss, WeightLoss.class));
        } catch (JsonProcessingException e) {
            throw new ModelException(
                    file + ": " + e.getOriginalMessage().lines().findFirst().orElse("") + CONVERT, e);
        }
    }

    /** Writes the same bytes for the same content: keys in a fixed order, sets sorted but for end tokens. */
    void write(Path folder) throws IOException {
        ObjectNode json = MAPPER.valueToTree(this);
        if (json.get("model") instanceof ObjectNode written) {
            written.set("padTokens", MAPPER.valueToTree(new TreeSet<>(model.padTokens())));
        }
        loss.ifPresent(measured -> {
            JsonNode last = json.remove(FILES);
            json.set(LOSS, MAPPER.valueToTree(measured));
            json.set(FILES, last);
        });
        MAPPER.writerWithDefaultPrettyPrinter().writeValue(folder.resolve(NAME).toFile(), json);
    }
}
