package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.family.Families;
import dev.dllm4j.decoder.family.Role;
import dev.dllm4j.decoder.family.WeightSlot;
import dev.dllm4j.decoder.model.ModelSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * Bytes of memory that a model takes while it is open on a CPU, as its numbers and the types of its weights say. Kept rows
 * come besides, and the head once more where whole rows of logits are asked for.
 *
 * @param products what its matrices take as products need them, widened or packed
 * @param table the embedding, which is looked up where it lies in the file: mapped pages, which come as they are touched,
 *     and which the system may take back; counted whole
 * @param largestPiece products of the one graph that has most
 */
public record ModelMemory(long products, long table, long largestPiece) {
    /** What Java takes before a model is opened. */
    private static final long JAVA = 64L << 20;

    /** What ONNX Runtime, tokenizer and the forwards of a canvas of some hundred positions take, whatever the model. */
    private static final long RUNTIME = 128L << 20;

    /** Which graph of a layer, or outside the layers, a weight belongs to. */
    private enum Part {
        PROJECT,
        MIX,
        EXPERTS,
        OUTSIDE
    }

    private record Piece(int layer, Part part) {}

    /** What a model takes with weights of these types. */
    static ModelMemory of(ModelSpec spec, WeightTypes types) {
        long table = 0;
        Map<Piece, Long> products = new HashMap<>();
        for (WeightSlot slot : Families.names(spec)) {
            Role role = slot.key().role();
            StoredMatrix matrix = types.of(role).matrix();
            if (role == Role.EMBEDDING) {
                table = matrix.parts(slot.shape()).stream()
                        .mapToLong(StoredPart::bytes)
                        .sum();
            } else {
                products.merge(new Piece(slot.key().layer(), part(role)), matrix.productBytes(slot.shape()), Long::sum);
            }
        }
        return new ModelMemory(
                products.values().stream().mapToLong(Long::longValue).sum(),
                table,
                products.values().stream().mapToLong(Long::longValue).max().orElse(0));
    }

    /** What a process takes with the model open in it. */
    public long bytes() {
        return openingBytes() + JAVA;
    }

    /** What opening the model takes besides what the process has already. */
    public long openingBytes() {
        return products + table + RUNTIME;
    }

    /** What a forward takes for which each graph is loaded and given up again, besides what the process has already. */
    public long passingBytes() {
        return largestPiece + RUNTIME;
    }

    private static Part part(Role role) {
        return switch (role) {
            case ATTENTION_NORM, QUERY, QUERY_BIAS, QUERY_NORM, KEY, KEY_BIAS, KEY_NORM, VALUE, VALUE_BIAS ->
                Part.PROJECT;
            case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN, SHARED_GATE, SHARED_UP, SHARED_DOWN -> Part.EXPERTS;
            case ATTENTION_OUT, FEED_FORWARD_NORM, GATE, UP, DOWN, ROUTER, ROUTER_BIAS -> Part.MIX;
            default -> Part.OUTSIDE;
        };
    }
}
