package dev.dllm4j.decoder.convert;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.dllm4j.decoder.checkpoint.FileFailure;
import dev.dllm4j.decoder.checkpoint.JsonFile;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Reads the header of a safetensors file: eight bytes with the header's length, the header in JSON, then the tensors'
 * bytes back to back. Data is not touched here.
 */
final class SafeTensors {
    /** The format allows three times as much; a checkpoint's header takes some 150 bytes a tensor. */
    static final int MAX_HEADER_BYTES = 32 << 20;

    static final int MAX_TENSORS = 100_000;
    private static final int MAX_DIMENSIONS = 8;

    private static final int PREFIX_BYTES = Long.BYTES;
    private static final String DOWNLOAD = "; download the file again";
    /** Cloning a repository without Git LFS leaves a few lines of text where the file should be. */
    private static final String PULL = DOWNLOAD + ", a Git LFS pointer's with `git lfs pull`";

    private final Path file;
    private final long dataStart;
    private final long dataBytes;

    private SafeTensors(Path file, long dataStart, long dataBytes) {
        this.file = file;
        this.dataStart = dataStart;
        this.dataBytes = dataBytes;
    }

    /**
     * What a file's header says.
     *
     * @param tensors in the order of their bytes
     * @param metadata free text by key
     */
    record Header(List<SourceTensor> tensors, Map<String, String> metadata) {}

    /** The tensors of a file, in the order of their bytes. */
    static List<SourceTensor> read(Path file) {
        return header(file).tensors();
    }

    /** The tensors of a file and its metadata. */
    static Header header(Path file) {
        try (InputStream in = ReadableFile.open(file)) {
            long behindPrefix = Files.size(file) - PREFIX_BYTES;
            int length = headerLength(file, in.readNBytes(PREFIX_BYTES), behindPrefix);
            byte[] header = in.readNBytes(length);
            return new SafeTensors(file, PREFIX_BYTES + length, behindPrefix - length).header(header);
        } catch (JsonProcessingException e) {
            throw JsonFile.malformed(file, e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private static int headerLength(Path file, byte[] prefix, long behindPrefix) {
        if (prefix.length < PREFIX_BYTES) {
            throw new ModelException(file + " has " + prefix.length
                    + " bytes; a safetensors file starts with 8 that give its header's length" + PULL);
        }
        long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long max = Math.min(behindPrefix, MAX_HEADER_BYTES);
        if (Long.compareUnsigned(length, max) > 0) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "%s: header length is %s; it can be %d at most in a file of this size%s",
                    file,
                    Long.toUnsignedString(length),
                    max,
                    PULL));
        }
        return (int) length;
    }

    private Header header(byte[] header) throws IOException {
        List<SourceTensor> tensors = new ArrayList<>();
        Map<String, String> metadata = new HashMap<>();
        try (JsonParser parser = JsonFile.MAPPER.createParser(header)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonFile.malformed(file, "its header holds no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                JsonNode entry = parser.readValueAsTree();
                if (name.equals("__metadata__")) {
                    entry.properties()
                            .forEach(said ->
                                    metadata.put(said.getKey(), said.getValue().asText()));
                } else {
                    tensors.add(tensor(name, entry));
                    requireFewTensors(tensors.size());
                }
            }
        }
        tensors.sort(Comparator.comparingLong(SourceTensor::position).thenComparingLong(SourceTensor::bytes));
        requireBackToBack(tensors);
        return new Header(List.copyOf(tensors), Map.copyOf(metadata));
    }

    private void requireFewTensors(int tensors) {
        if (tensors > MAX_TENSORS) {
            throw new ModelException(
                    file + " lists more than " + MAX_TENSORS + " tensors; save the checkpoint in shards");
        }
    }

    private SourceTensor tensor(String name, JsonNode entry) {
        DataType type = type(name, entry.path("dtype"));
        List<Long> shape = longs(name, "shape", entry.path("shape"));
        List<Long> offsets = longs(name, "data_offsets", entry.path("data_offsets"));
        if (offsets.size() != 2 || offsets.get(1) < offsets.get(0)) {
            throw wrong(name, "has data_offsets " + offsets + "; they are begin and end" + DOWNLOAD);
        }
        long begin = offsets.get(0);
        long end = offsets.get(1);
        if (end > dataBytes) {
            throw wrong(
                    name,
                    String.format(
                            Locale.ROOT,
                            "ends at byte %d of the data; the file holds %d, it is truncated%s",
                            end,
                            dataBytes,
                            DOWNLOAD));
        }
        if (end - begin != bytes(name, type, shape)) {
            throw wrong(
                    name,
                    String.format(
                            Locale.ROOT,
                            "has %d bytes; its shape %s in %s takes %d%s",
                            end - begin,
                            shape,
                            type,
                            bytes(name, type, shape),
                            DOWNLOAD));
        }
        return new SourceTensor(file, name, type, shape, dataStart + begin, end - begin);
    }

    private DataType type(String name, JsonNode dtype) {
        return Arrays.stream(DataType.values())
                .filter(type -> type.name().equals(dtype.asText()))
                .findFirst()
                .orElseThrow(() -> wrong(
                        name,
                        "has dtype " + shown(dtype)
                                + "; F32, F16 and BF16 are read, save the checkpoint in one of them"));
    }

    private List<Long> longs(String name, String field, JsonNode array) {
        boolean whole = array.isArray()
                && array.size() <= MAX_DIMENSIONS
                && StreamSupport.stream(array.spliterator(), false)
                        .allMatch(number -> number.canConvertToExactIntegral()
                                && number.canConvertToLong()
                                && number.longValue() >= 0);
        if (!whole) {
            throw wrong(
                    name,
                    "has " + field + " " + shown(array) + "; it is a list of at most " + MAX_DIMENSIONS
                            + " whole numbers" + DOWNLOAD);
        }
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::longValue)
                .collect(Collectors.toList());
    }

    private long bytes(String name, DataType type, List<Long> shape) {
        try {
            return type.bytes(shape);
        } catch (ArithmeticException e) {
            throw wrong(name, "has shape " + shape + "; that is beyond any file" + DOWNLOAD);
        }
    }

    /** The format allows neither overlaps nor holes; a hole or a rest would mean that a header was tampered with. */
    private void requireBackToBack(List<SourceTensor> tensors) {
        long expected = dataStart;
        for (SourceTensor tensor : tensors) {
            if (tensor.position() != expected) {
                throw wrong(
                        tensor.name(),
                        String.format(
                                Locale.ROOT,
                                "starts at byte %d of the data; the tensor before it ends at %d%s",
                                tensor.position() - dataStart,
                                expected - dataStart,
                                DOWNLOAD));
            }
            expected += tensor.bytes();
        }
        if (expected != dataStart + dataBytes) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "%s holds %d bytes after its last tensor; a safetensors file has none%s",
                    file,
                    dataStart + dataBytes - expected,
                    DOWNLOAD));
        }
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "none" : Quote.content(value);
    }

    private ModelException wrong(String tensor, String what) {
        return new ModelException(file + ": tensor " + Quote.content(tensor) + " " + what);
    }
}
