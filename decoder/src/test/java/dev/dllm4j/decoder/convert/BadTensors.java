package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.BadInput.HEAD;
import static dev.dllm4j.decoder.convert.BadInput.QUERY;
import static dev.dllm4j.decoder.convert.BadInput.WEIGHTS;
import static dev.dllm4j.decoder.convert.BadInput.config;
import static dev.dllm4j.decoder.convert.BadInput.header;
import static dev.dllm4j.decoder.convert.BadInput.index;
import static dev.dllm4j.decoder.convert.BadInput.input;
import static dev.dllm4j.decoder.convert.BadInput.raw;
import static dev.dllm4j.decoder.convert.BadInput.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.TinyCheckpoints.Shape;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Safetensors files and their index that are damaged, or belong to another model. */
final class BadTensors {
    private BadTensors() {}

    static Stream<BadInput> headers() {
        return Stream.of(
                input(
                        "a few bytes",
                        (in, out) -> Files.write(in.resolve(WEIGHTS), new byte[5]),
                        WEIGHTS,
                        "5 bytes",
                        "download"),
                input(
                        "a pointer",
                        text(WEIGHTS, "version https://git-lfs.github.com/spec/v1"),
                        WEIGHTS,
                        "header length",
                        "git lfs pull"),
                input(
                        "header cut",
                        (in, out) -> Edit.resize(in.resolve(WEIGHTS), 100),
                        WEIGHTS,
                        "header length is",
                        "92 at most"),
                input("header no JSON", raw("{\"a\": nonsense}", 0), WEIGHTS, "not valid JSON", "column"),
                input("header a list", raw("[]", 0), WEIGHTS, "no JSON object"),
                input(
                        "data cut",
                        (in, out) -> Edit.resize(in.resolve(WEIGHTS), -1),
                        WEIGHTS,
                        HEAD,
                        "truncated",
                        "download"),
                input("a rest", raw("{}", 3), WEIGHTS, "3 bytes after its last tensor"),
                header(
                        "integers",
                        json -> json.withObject(QUERY).put("dtype", "I64"),
                        QUERY + " has dtype \"I64\"",
                        "BF16"),
                header("no dtype", json -> json.withObject(QUERY).remove("dtype"), QUERY + " has dtype none"),
                header("no shape", json -> json.withObject(QUERY).remove("shape"), QUERY + " has shape none", "list"),
                header(
                        "negative",
                        json -> json.withObject(QUERY).putArray("shape").add(-1),
                        QUERY + " has shape [-1]"),
                header(
                        "huge",
                        json -> json.withObject(QUERY)
                                .putArray("shape")
                                .add(1L << 62)
                                .add(4),
                        "beyond any file"),
                header(
                        "nine dimensions",
                        json -> json.withObject(QUERY)
                                .set(
                                        "shape",
                                        json.arrayNode().addAll(java.util.Collections.nCopies(9, json.numberNode(1)))),
                        QUERY + " has shape [1,1,1,1,1,1,1,1,1]",
                        "at most 8"),
                input(
                        "too many tensors",
                        raw(empty(SafeTensors.MAX_TENSORS + 1), 0),
                        "more than 100000 tensors",
                        "shards"),
                input(
                        "a name of two lines",
                        raw("{\"a\\nb\": {\"dtype\": \"I8\", \"shape\": [1], \"data_offsets\": [0, 1]}}", 1),
                        "tensor a b has dtype"),
                header(
                        "too few bytes",
                        json -> json.withObject(QUERY).putArray("shape").add(7),
                        "takes 28"),
                header("backwards", json -> offsets(json, QUERY, 9, 8), QUERY + " has data_offsets [9, 8]"),
                header(
                        "three offsets",
                        json -> json.withObject(QUERY).withArray("data_offsets").add(1),
                        "begin and end"),
                header("overlap", json -> offsets(json, QUERY, 4, 1028), "starts at byte", "ends at"));
    }

    private static String empty(int tensors) {
        return IntStream.range(0, tensors)
                .mapToObj(number -> "\"" + number + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}")
                .collect(Collectors.joining(",", "{", "}"));
    }

    static Stream<BadInput> tensors() {
        return Stream.of(
                config("a layer more", json -> json.put("n_layers", 3), "blocks.2.attn_norm.weight", "config.json"),
                config(
                        "a layer less",
                        json -> json.put("n_layers", 1),
                        "blocks.1.attn_norm.weight",
                        "(9 such)",
                        "layers"),
                header("renamed", json -> json.set("other", json.remove(QUERY)), WEIGHTS + " has no tensor " + QUERY),
                config(
                        "narrow",
                        json -> json.put("mlp_hidden_size", 25),
                        "ff_proj.weight has shape [24, 16]",
                        "[25, 16]"),
                config("two heads", json -> json.put("weight_tying", true), HEAD + " differs from", "untie"),
                new BadInput(
                        "no head",
                        Shape.llada().tied(true),
                        WeightType.F32,
                        (in, out) ->
                                JsonEdit.change(in.resolve("config.json"), json -> json.put("weight_tying", false)),
                        List.of("has no tensor " + HEAD, "tying")),
                new BadInput(
                        "too large for f16",
                        Shape.llada(),
                        WeightType.F16,
                        (in, out) -> Edit.element(in.resolve(WEIGHTS), QUERY, 5, -70_000),
                        List.of(WEIGHTS, QUERY + " holds -70000.0", "range of f16", "--weights bf16 or f32")));
    }

    /** What types of few bits cannot hold. */
    static Stream<BadInput> codes() {
        return Stream.of(
                coded(
                        "int4 of rows that are no groups",
                        WeightType.INT4,
                        (in, out) -> {},
                        "q_proj.weight has rows of 16 numbers",
                        "multiples of 32",
                        "--weights int8"),
                coded(
                        "mixed of rows that are no groups",
                        WeightType.MIXED,
                        (in, out) -> {},
                        "q_proj.weight has rows of 16 numbers",
                        "multiples of 32"),
                coded("no number in a matrix", WeightType.INT8, element(QUERY, Float.NaN), QUERY + " holds NaN", "f32"),
                coded(
                        "infinity in a table",
                        WeightType.INT8,
                        element("model.transformer.wte.weight", Float.POSITIVE_INFINITY),
                        "wte.weight holds Infinity",
                        "--weights f32"),
                coded(
                        "no number in a vector",
                        WeightType.INT8,
                        element("model.transformer.ln_f.weight", Float.NaN),
                        "ln_f.weight holds NaN",
                        "--weights f32"),
                coded(
                        "infinity in a vector",
                        WeightType.INT8,
                        element("model.transformer.blocks.0.ff_norm.weight", Float.NEGATIVE_INFINITY),
                        "ff_norm.weight holds -Infinity",
                        "--weights f32"));
    }

    private static BadInput coded(String name, WeightType type, BadInput.Damage damage, String... says) {
        return new BadInput(name, Shape.llada(), type, damage, List.of(says));
    }

    private static BadInput.Damage element(String tensor, float value) {
        return (in, out) -> Edit.element(in.resolve(WEIGHTS), tensor, 5, value);
    }

    static Stream<BadInput> shards() {
        return Stream.of(
                input(
                        "index cut",
                        (in, out) -> {
                            Edit.shard(in, index -> {});
                            Edit.resize(in.resolve(Checkpoint.INDEX), -1);
                        },
                        Checkpoint.INDEX,
                        "not valid JSON"),
                index("no map", index -> index.remove("weight_map"), "no object weight_map"),
                index(
                        "no shard",
                        index -> index.withObject("weight_map").put(QUERY, "model-2.safetensors"),
                        "model-2.safetensors, which is not in",
                        "download"),
                index(
                        "shard elsewhere",
                        index -> index.withObject("weight_map").put(QUERY, "../x"),
                        "../x; a shard is a file beside it"),
                index(
                        "shard the folder above",
                        index -> index.withObject("weight_map").put(QUERY, ".."),
                        "shard .."),
                index("shard no text", index -> index.withObject("weight_map").put(QUERY, ""), "a shard is a file"),
                index(
                        "not in shard",
                        index -> index.withObject("weight_map").put("other", "model-00001-of-00001.safetensors"),
                        "places tensor other in",
                        "download"),
                index(
                        "not in index",
                        index -> index.withObject("weight_map").remove(QUERY),
                        "has tensor " + QUERY,
                        "not list"));
    }

    private static void offsets(ObjectNode header, String tensor, long begin, long end) {
        header.withObject(tensor).putArray("data_offsets").add(begin).add(end);
    }
}
