package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.model.ModelException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The tensors of a small safetensors file, F32 throughout, and what its {@code __metadata__} says. */
public final class TensorFile {
    private final Path file;
    private final List<String> names;
    private final Map<String, SourceTensor> tensors;
    private final Map<String, String> metadata;

    private TensorFile(Path file, SafeTensors.Header header) {
        this.file = file;
        this.names = header.tensors().stream().map(SourceTensor::name).toList();
        this.tensors = header.tensors().stream().collect(Collectors.toMap(SourceTensor::name, Function.identity()));
        this.metadata = header.metadata();
    }

    /**
     * Reads the header.
     *
     * @throws ModelException if the file is no safetensors file
     */
    public static TensorFile open(Path file) {
        return new TensorFile(file, SafeTensors.header(file));
    }

    /** What the header's {@code __metadata__} says, by key; empty where that is absent. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** What it says of one key; empty where it says nothing. */
    public Optional<String> metadata(String key) {
        return Optional.ofNullable(metadata.get(key));
    }

    /** The tensors' names, in the order of their bytes. */
    public List<String> names() {
        return names;
    }

    /** The shape of a tensor. */
    public long[] shape(String name) {
        return tensor(name).shape().stream().mapToLong(Long::longValue).toArray();
    }

    /** The shape of a tensor, of {@code rank} numbers. */
    public int[] shape(String name, int rank) {
        List<Long> shape = tensor(name).shape();
        if (shape.size() != rank || shape.stream().anyMatch(width -> width < 1 || width > Integer.MAX_VALUE)) {
            throw new ModelException(file + ": tensor " + name + " has shape " + shape + "; it has " + rank
                    + " dimensions that are at least 1, so take the file of the right network");
        }
        return shape.stream().mapToInt(Long::intValue).toArray();
    }

    /** The elements of a tensor, row-major. */
    public float[] values(String name, long... shape) {
        SourceTensor tensor = tensor(name);
        List<Long> wanted = Arrays.stream(shape).boxed().toList();
        if (!tensor.shape().equals(wanted) || tensor.type() != DataType.F32) {
            throw new ModelException(file + ": tensor " + name + " is " + tensor.type() + " of shape " + tensor.shape()
                    + "; it must be F32 of shape " + wanted + ", so take the file of the right network");
        }
        return Transcoder.floats(tensor);
    }

    private SourceTensor tensor(String name) {
        SourceTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelException(file + " has no tensor " + name + " but " + tensors.keySet()
                    + "; take the file of the right network");
        }
        return tensor;
    }
}
