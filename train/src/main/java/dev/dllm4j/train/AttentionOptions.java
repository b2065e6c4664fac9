package dev.dllm4j.train;

import dev.dllm4j.decoder.model.Sight;
import dev.dllm4j.decoder.model.Sight.BlockCausal;
import dev.dllm4j.decoder.model.Sight.Everything;
import dev.dllm4j.decoder.model.Sight.Origin;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the rows of a model are to see. */
final class AttentionOptions {
    private static final int BLOCK_LENGTH = 8;
    /** What says how ordered answers are learnt, which are none for a model of blocks. */
    private static final List<String> ORDERED = List.of("--ordered-share", "--left-share");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--attention",
            paramLabel = "everything|block-causal",
            description = "What a row sees: all rows, or its block and those before. Default everything.")
    private @Nullable Kind kind;

    @Option(
            names = "--block-length",
            paramLabel = "N",
            description = "Positions of a block. Default " + BLOCK_LENGTH + ".")
    private @Nullable Integer blockLength;

    private enum Kind {
        EVERYTHING,
        BLOCK_CAUSAL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** What was asked for, if anything was. */
    Optional<Sight> sight() {
        if (kind == Kind.BLOCK_CAUSAL) {
            ORDERED.stream().filter(this::isGiven).findFirst().ifPresent(option -> {
                throw new IllegalArgumentException(
                        option + " is given; attention block-causal learns no ordered answers, leave it out");
            });
            return Optional.of(new BlockCausal(blockLength == null ? BLOCK_LENGTH : blockLength, Origin.START));
        }
        if (blockLength != null) {
            throw new IllegalArgumentException("block length is " + blockLength
                    + "; only attention block-causal has blocks, give --attention block-causal or leave it out");
        }
        return kind == null ? Optional.empty() : Optional.of(new Everything());
    }

    private boolean isGiven(String option) {
        return command.commandLine().getParseResult().hasMatchedOption(option);
    }
}
