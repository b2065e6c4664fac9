package dev.dllm4j.decoder.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.DecodingConfig;
import dev.dllm4j.decoder.canvas.Window;
import dev.dllm4j.decoder.convert.ConvertOptions;
import dev.dllm4j.decoder.convert.TemplateChoice;
import dev.dllm4j.decoder.convert.WeightType;
import dev.dllm4j.decoder.family.FamilyOptions;
import dev.dllm4j.decoder.family.FamilyOptions.Kind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** What the cases of several families have in common. */
public final class FamilyCases {
    /** The mask token of every tiny checkpoint. */
    public static final int MASK = 319;

    private FamilyCases() {}

    /** What a tiny checkpoint is converted with. */
    public static ConvertOptions options(OptionalInt blockLength, Optional<Kind> kind) {
        return new ConvertOptions(
                WeightType.F32,
                Set.of(),
                new TemplateChoice.Own(),
                new FamilyOptions(OptionalInt.of(MASK), blockLength, kind));
    }

    /** The default rules in another frame. */
    public static DecodingConfig config(String window, int genLength, int steps) {
        return DecodingConfig.DEFAULT.withFrame(Window.parse(window), genLength, steps);
    }

    /** A run's own end token, where it has one. */
    public static Set<Integer> ends(JsonNode settings) {
        int end = settings.path("eos_id").asInt(-1);
        return end < 0 ? Set.of() : Set.of(end);
    }

    /** Up to the first end in the generated text, and without masks behind the last decoded block. */
    public static Trace cut(Trace run, int promptLength, Set<Integer> ends) {
        List<Integer> ids = run.finalIds();
        for (int position = promptLength; position < ids.size(); position++) {
            if (ends.contains(ids.get(position))) {
                return run.withFinalIds(ids.subList(0, position + 1));
            }
        }
        return run;
    }

    /** Whether a run is none of an original's bugs. */
    public static boolean faultless(Trace run, List<FamilyBug> bugs) {
        return bugs.stream().noneMatch(bug -> bug.holds().test(run));
    }

    /** Whether the prompt's last positions, which share a block with the first masks, have the run's end token. */
    static boolean endInSharedBlock(Trace run) {
        int prompt = run.prompt().size();
        int block = run.settings().path("block_length").asInt(1);
        List<Integer> shared = run.prompt().subList(prompt / block * block, prompt);
        return ends(run.settings()).stream().anyMatch(shared::contains);
    }
}
