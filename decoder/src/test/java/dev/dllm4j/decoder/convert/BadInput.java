package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Something wrong with a checkpoint or an output folder.
 *
 * @param shape of the checkpoint before the damage
 * @param type it is converted to
 * @param says what the message must contain
 */
record BadInput(String name, Shape shape, WeightType type, Damage damage, List<String> says) {
    static final String WEIGHTS = Checkpoint.SINGLE;
    static final String QUERY = "model.transformer.blocks.1.q_proj.weight";
    static final String HEAD = "model.transformer.ff_out.weight";

    BadInput {
        says = List.copyOf(says);
    }

    static BadInput config(String name, Consumer<ObjectNode> change, String... says) {
        return input(name, (in, out) -> JsonEdit.change(in.resolve("config.json"), change), says);
    }

    static BadInput dream(String name, Consumer<ObjectNode> change, String... says) {
        return new BadInput(
                name,
                Shape.dream(),
                WeightType.F32,
                (in, out) -> JsonEdit.change(in.resolve("config.json"), change),
                List.of(says));
    }

    static BadInput header(String name, Consumer<ObjectNode> change, String... says) {
        return input(name, (in, out) -> Edit.header(in.resolve(WEIGHTS), change), says);
    }

    static BadInput index(String name, Consumer<ObjectNode> change, String... says) {
        return input(name, (in, out) -> Edit.shard(in, change), says);
    }

    static BadInput input(String name, Damage damage, String... says) {
        return new BadInput(name, Shape.llada(), WeightType.F32, damage, List.of(says));
    }

    static Damage text(String file, String content) {
        return (in, out) -> Files.writeString(in.resolve(file), content);
    }

    static Damage raw(String header, int dataBytes) {
        return (in, out) -> Edit.safetensors(in.resolve(WEIGHTS), header, new byte[dataBytes]);
    }

    @Override
    public String toString() {
        return name;
    }

    /** Does something to a checkpoint, or to the place of the output folder. */
    interface Damage {
        void to(Path checkpoint, Path output) throws IOException;
    }
}
