package dev.dllm4j.decoder.family;

import dev.dllm4j.decoder.checkpoint.ConfigFile;
import dev.dllm4j.decoder.model.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A diffusion language model that is known and not supported.
 *
 * @param mark what its architecture or {@code model_type} contains, letters and digits alone, in lower case
 * @param name as its authors write it
 * @param differs from what is supported by this
 */
record Unsupported(String mark, String name, String differs) {
    private static final List<Unsupported> ALL = List.of(
            new Unsupported("sdarmoe", "SDAR-30B-A3B", "a mixture of experts"),
            new Unsupported("rnd1", "RND1", "a mixture of experts"),
            new Unsupported("llavallada", "LLaDA-V", "a model of images and text"),
            new Unsupported("lladav", "LLaDA-V", "a model of images and text"),
            new Unsupported("diffusiongemma", "DiffusionGemma", "a mixture of experts whose canvas has no mask token"),
            new Unsupported("nemotron", "Nemotron-Labs-Diffusion", "a model with causal and bidirectional forwards"),
            new Unsupported("wedlm", "WeDLM", "a model of causal attention over reordered rows"));

    /** Refuses a checkpoint of one of them, by its name. */
    static void refuse(ConfigFile config, String supported) {
        List<String> said = new ArrayList<>(config.texts("architectures"));
        said.addAll(config.texts("model_type"));
        for (Unsupported model : ALL) {
            for (String text : said) {
                if (text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "").contains(model.mark)) {
                    throw new ModelException(
                            "%s describes %s, %s, which is not supported yet; %s are, choose such a checkpoint"
                                    .formatted(config.path(), model.name, model.differs, supported));
                }
            }
        }
    }
}
