package dev.dllm4j.decoder.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.model.ModelException;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of config.json as authors and tools write them. Files beside this class were saved by transformers. */
class ConfigKeysTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'rope_theta': 7}                                                            | 7",
                "{'rope_theta': 7, 'rope_scaling': null}                                      | 7",
                "{'rope_theta': 7, 'rope_scaling': {}}                                        | 7",
                "{'rope_theta': 7, 'rope_scaling': {'type': 'default'}}                       | 7",
                "{'rope_parameters': {'rope_type': 'default', 'rope_theta': 8}}               | 8",
                "{'rope_parameters': {'rope_theta': 8}}                                       | 8",
                "{'rope_theta': 7, 'rope_parameters': {'rope_type': 'default'}}               | 7",
                // the following as transformers 5.24 decides
                "{'rope_theta': 7, 'rope_parameters': {'rope_type': 'default', 'rope_theta': 8}} | 8",
                "{'rope_scaling': {'rope_theta': 9}, 'rope_parameters': {'rope_theta': 8}}    | 9",
                "{'rope_theta': 7, 'rope_scaling': {'rope_type': 'default'}, 'rope_parameters': {'rope_theta': 8}} | 7",
                "{'rope_theta': 7, 'partial_rotary_factor': 1.0, 'rope_parameters': {'factor': 1.0}} | 7",
            })
    void theBaseOfTheRotationIsFoundInEitherSpelling(String keys, double theta) throws IOException {
        for (Shape shape : new Shape[] {Shape.dream(), Shape.llada()}) {
            TinyCheckpoints.write(folder, shape);
            ObjectNode rotary = (ObjectNode) JsonFile.MAPPER.readTree(keys.replace('\'', '"'));
            JsonEdit.change(
                    folder.resolve("config.json"),
                    json -> json.<ObjectNode>without("rope_theta").setAll(rotary));
            assertThat(HfConfig.read(folder).spec().rotary().theta()).isEqualTo(theta);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dream-4.57.1", "dream-5.24.0", "llada-4.57.1", "llada-5.24.0"})
    void whatTransformersSavedIsKnown(String saved) throws IOException {
        TinyCheckpoints.write(folder, Shape.dream());
        JsonFile.MAPPER.writeValue(folder.resolve("config.json").toFile(), resource(saved));
        ModelSpec spec = HfConfig.read(folder).spec();
        assertThat(spec.rotary().theta()).isEqualTo(saved.startsWith("dream") ? 1e6 : 5e5);
        assertThat(spec.vocabulary()).isEqualTo(320);
    }

    @ParameterizedTest
    @ValueSource(strings = {"common-4.57.1", "common-5.24.0"})
    void keysThatEveryConfigOfTransformersMayHaveChangeNothing(String saved) throws IOException {
        for (Shape shape : new Shape[] {Shape.dream(), Shape.llada()}) {
            TinyCheckpoints.write(folder, shape);
            ModelSpec without = HfConfig.read(folder).spec();
            ObjectNode common = resource(saved);
            common.remove("tie_word_embeddings"); // each family's own
            JsonEdit.change(folder.resolve("config.json"), json -> json.setAll(common));
            assertThat(HfConfig.read(folder).spec()).isEqualTo(without);
        }
    }

    @Test
    void fullAttentionByNameAndHeadsAsWideAsTheyAreChangeNothing() throws IOException {
        TinyCheckpoints.write(folder, Shape.dream());
        ModelSpec without = HfConfig.read(folder).spec();
        JsonEdit.change(folder.resolve("config.json"), json -> {
            json.putArray("layer_types").add("full_attention").add("full_attention");
            json.put("head_dim", 8).put("use_mrope", false).putNull("logit_scale");
        });
        assertThat(HfConfig.read(folder).spec()).isEqualTo(without);
    }

    @Test
    void anIgnoredKeyCountsAsAbsentAlsoInsideAnObject() throws IOException {
        TinyCheckpoints.write(folder, Shape.dream());
        ModelSpec without = HfConfig.read(folder).spec();
        JsonEdit.change(folder.resolve("config.json"), json -> {
            json.put("logit_scale", 2);
            json.putObject("rope_parameters").put("rope_type", "linear").put("factor", 4);
        });
        Set<String> some = Set.of("logit_scale", "rope_parameters.rope_type");
        assertThatThrownBy(() -> HfConfig.read(folder, some, FamilyOptions.NONE))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("rope_parameters.factor is 4");
        Set<String> all = Set.of("logit_scale", "rope_parameters.rope_type", "rope_parameters.factor");
        assertThat(HfConfig.read(folder, all, FamilyOptions.NONE).spec()).isEqualTo(without);
        assertThat(HfConfig.read(folder, Set.of("logit_scale", "rope_parameters"), FamilyOptions.NONE)
                        .spec())
                .isEqualTo(without);
    }

    @Test
    void aListOfEndTokensKeepsItsOrder() throws IOException {
        TinyCheckpoints.write(folder, Shape.dream());
        JsonEdit.change(
                folder.resolve("config.json"),
                json -> json.putArray("eos_token_id").add(9).add(3).add(5));
        assertThat(ConfigFile.read(folder.resolve("config.json")).ids("eos_token_id"))
                .containsExactly(9, 3, 5);
    }

    private static ObjectNode resource(String name) throws IOException {
        try (InputStream in = ConfigKeysTest.class.getResourceAsStream(name + ".json")) {
            return (ObjectNode) JsonFile.MAPPER.readTree(Objects.requireNonNull(in));
        }
    }
}
