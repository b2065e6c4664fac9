package dev.dllm4j.decoder.convert;

import static java.util.Objects.requireNonNull;

import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.convert.LossCheck.Measurement;
import dev.dllm4j.decoder.family.WeightKey;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.WorkFolder;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The model that a conversion is compared with, with the very numbers of its checkpoint: the folder that is converted,
 * where it is a model folder, or one that lies beside the output for the while.
 *
 * @param there whether the checkpoint is such a folder
 */
record Reference(LossCheck check, boolean there, Conversion conversion) {
    /**
     * What a conversion is compared with.
     *
     * @throws ModelException where it loses nothing
     */
    static Reference of(LossCheck check, Conversion checked) {
        Path checkpoint = checked.checkpoint();
        Origin origin = checked.origin();
        if (origin.tensors().entrySet().stream().noneMatch(tensor -> loses(tensor, checked.types()))) {
            throw new ModelException("weights as " + checked.types() + " keep every number of " + checkpoint
                    + ", so that there is no loss to check; leave the check out, or choose weights that lose some,"
                    + " e.g. int8");
        }
        return new Reference(
                check,
                ReadableFile.exists(checkpoint.resolve(Manifest.NAME)),
                Conversion.of(checkpoint, origin, keeping(origin)));
    }

    /** Bytes that it takes on disk for the while. */
    long fileBytes() {
        return there ? 0 : conversion.plan().fileBytes();
    }

    /** @param folder with the tokenizer's files, and the chat template's */
    Measurement prepare(Path folder) {
        return check.prepare(
                folder, conversion.origin().spec(), conversion.origin().recipe());
    }

    /**
     * Compares.
     *
     * @param folder of the model in the making, complete; a reference that has to be written will lie beside it
     */
    WeightLoss compare(Measurement measurement, Path folder) {
        if (there) {
            return measurement.measure(conversion.checkpoint(), folder);
        }
        Path parent = requireNonNull(folder.getParent());
        try (WorkFolder work = WorkFolder.create(parent, "reference")) {
            TokenizerFiles.copy(conversion.checkpoint(), work.path());
            conversion.write(work.path(), check.progress());
            return measurement.measure(work.path(), folder);
        } catch (IOException e) {
            throw FileFailure.writing(parent, e);
        }
    }

    private static boolean loses(Map.Entry<WeightKey, SourceTensor> tensor, WeightTypes types) {
        boolean matrix = tensor.getValue().shape().size() > 1;
        MatrixType target = matrix ? types.of(tensor.getKey().role()) : MatrixType.F32;
        boolean keeps = target.matrix() instanceof FloatMatrix floats
                && (floats.type() == DataType.F32
                        || floats.type() == tensor.getValue().type());
        return !keeps;
    }

    /** The smallest type that holds every number. */
    private static WeightType keeping(Origin origin) {
        Set<DataType> types = origin.tensors().values().stream()
                .filter(tensor -> tensor.shape().size() > 1)
                .map(SourceTensor::type)
                .collect(Collectors.toSet());
        if (types.equals(Set.of(DataType.F16))) {
            return WeightType.F16;
        }
        return types.equals(Set.of(DataType.BF16)) ? WeightType.BF16 : WeightType.F32;
    }
}
