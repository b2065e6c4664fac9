package dev.dllm4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.dllm4j.decoder.convert.HfCheckpoint;
import dev.dllm4j.decoder.model.ModelSpec;
import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.Alternating;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import dev.dllm4j.train.words.TokenizerFiles;
import dev.dllm4j.train.words.WordVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HfFolderTest {
    private static final ModelSpec SPEC = Scene.spec(60, 8, 1, 2, 2);

    @TempDir
    Path folder;

    @Test
    void aModelIsReadAsItWasWritten() throws IOException {
        TokenizerFiles.write(WordVocabulary.of(Set.of("Tom")), folder);
        for (Sight sight : List.of(new Everything(), new BlockCausal(4, Origin.START))) {
            ModelSpec spec = seeing(sight);
            write(spec);
            assertThat(HfCheckpoint.open(folder).spec()).isEqualTo(spec);
        }
    }

    @Test
    void aModelWithExpertsIsReadAsItWasWritten() throws IOException {
        TokenizerFiles.write(WordVocabulary.of(Set.of("Tom")), folder);
        ModelSpec spec = Scene.experts(60, 8, 2, 2, 4, 2, 5);
        write(spec);
        assertThat(HfCheckpoint.open(folder).spec()).isEqualTo(spec);
    }

    @Test
    void whatNoConfigCanSayIsRefused() {
        for (Sight sight : List.of(new BlockCausal(4, Origin.ANSWER), new Alternating(64, 3))) {
            assertThatThrownBy(() -> write(seeing(sight)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the model's rows see " + sight
                            + "; a LLaDA's see everything or blocks from the start, so train one of these");
        }
        BlockCausal blocks = new BlockCausal(4, Origin.START);
        assertThatThrownBy(() -> write(seeing(Scene.experts(60, 8, 1, 2, 4, 2, 5), blocks)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the model's rows see " + blocks + "; a LLaDA-MoE's see everything, so train one of these");
        assertThat(folder).isEmptyDirectory();
    }

    private void write(ModelSpec spec) throws IOException {
        try (NDManager manager = Torch.open(1)) {
            HfFolder.write(folder, Weights.random(manager, spec, DataType.FLOAT32, 1));
        }
    }

    private static ModelSpec seeing(Sight sight) {
        return seeing(SPEC, sight);
    }

    private static ModelSpec seeing(ModelSpec spec, Sight sight) {
        return new ModelSpec(
                spec.family(),
                spec.vocabulary(),
                spec.hidden(),
                spec.layers(),
                spec.heads(),
                spec.kvHeads(),
                spec.headWidth(),
                spec.feedForward(),
                spec.context(),
                spec.rotary(),
                spec.norm(),
                spec.clip(),
                sight,
                spec.readout(),
                spec.maskToken(),
                spec.endTokens(),
                spec.padTokens());
    }
}
