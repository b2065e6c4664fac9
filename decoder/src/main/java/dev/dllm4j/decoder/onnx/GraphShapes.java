package dev.dllm4j.decoder.onnx;

import dev.dllm4j.decoder.model.ModelSpec;
import java.util.List;

/**
 * Compares the sizes in a model's graphs with its numbers: a forward writes into memory that the numbers measure. A row
 * count is not fixed, and stands here as {@link #ANY}.
 */
final class GraphShapes {
    static final long ANY = -1;

    private GraphShapes() {}

    static void requireTransformer(ModelSpec spec, Piece embed, List<Piece> project) {
        long hidden = spec.hidden();
        embed.requireOutput("x", ANY, hidden);
        for (Piece piece : project) {
            piece.requireInput("x", ANY, hidden);
            piece.requireInput("cosines", ANY, spec.rotary().width() / 2);
            piece.requireInput("sines", ANY, spec.rotary().width() / 2);
            piece.requireOutput("q", ANY, spec.queryWidth());
            piece.requireOutput("k", ANY, spec.kvHeads(), spec.headWidth());
            piece.requireOutput("v", ANY, spec.kvHeads(), spec.headWidth());
        }
    }

    /** Hands the piece on, or closes it. */
    static Piece attention(ModelSpec spec, Piece attend) {
        return checked(attend, () -> {
            attend.requireInput("q", ANY, spec.queryWidth());
            attend.requireInput("k", ANY, spec.kvHeads(), spec.headWidth());
            attend.requireInput("v", ANY, spec.kvHeads(), spec.headWidth());
            attend.requireOutput("a", ANY, spec.queryWidth());
        });
    }

    /** Hands the piece on, or closes it. */
    static Piece head(ModelSpec spec, Piece head) {
        return checked(head, () -> {
            head.requireInput("x", ANY, spec.hidden());
            head.requireInput("bias", spec.vocabulary());
            head.requireInput("ineligible", spec.vocabulary());
        });
    }

    private static Piece checked(Piece piece, Runnable check) {
        try {
            check.run();
            return piece;
        } catch (RuntimeException e) {
            piece.close();
            throw e;
        }
    }
}
