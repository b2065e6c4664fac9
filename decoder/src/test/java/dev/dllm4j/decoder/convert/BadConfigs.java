package dev.dllm4j.decoder.convert;

import static dev.dllm4j.decoder.convert.BadInput.WEIGHTS;
import static dev.dllm4j.decoder.convert.BadInput.config;
import static dev.dllm4j.decoder.convert.BadInput.dream;
import static dev.dllm4j.decoder.convert.BadInput.input;
import static dev.dllm4j.decoder.convert.BadInput.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.testing.JsonEdit;
import dev.dllm4j.decoder.testing.SpecialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** JSON of a checkpoint that is missing, broken, or describes what this engine does not compute. */
final class BadConfigs {
    private BadConfigs() {}

    static Stream<BadInput> configs() {
        return Stream.of(
                input("no checkpoint folder", (in, out) -> delete(in), "checkpoint is not a folder", "config.json"),
                input("no config", (in, out) -> Files.delete(in.resolve("config.json")), "config.json", "not exist"),
                input(
                        "config cut",
                        text("config.json", "{\"model_type\": "),
                        "config.json is not valid JSON",
                        "line 1"),
                input("config a list", text("config.json", "[1]"), "config.json is not valid JSON", "no JSON object"),
                config("no architecture", json -> json.remove("model_type"), "model_type is missing", "add it"),
                config(
                        "unknown architecture",
                        json -> json.put("model_type", "llama"),
                        "model_type is \"llama\"",
                        "Dream"),
                config("no layers", json -> json.remove("n_layers"), "n_layers is missing", "add it"),
                config(
                        "layers as text",
                        json -> json.put("n_layers", "2"),
                        "n_layers is \"2\"",
                        "positive whole number"),
                config(
                        "a billion layers",
                        json -> json.put("n_layers", 1_000_000_000),
                        "layers is 1000000000",
                        "at most"),
                config("a billion rows", json -> json.put("embedding_size", 1_000_000_000), "vocabulary is", "at most"),
                config(
                        "a billion positions",
                        json -> json.put("max_sequence_length", 1_000_000_000),
                        "context is 1000000000",
                        "at most"),
                config(
                        "a billion wide inside",
                        json -> json.put("mlp_hidden_size", 1_000_000_000),
                        "feedForward is",
                        "at most"),
                config(
                        "a product beyond an integer",
                        json -> {
                            json.remove("mlp_hidden_size");
                            json.put("mlp_ratio", 1_000_000_000);
                        },
                        "mlp_ratio is 1000000000",
                        "at most"),
                config(
                        "a billion heads",
                        json -> json.put("n_heads", 500_000_000).put("d_model", 1_000_000_000),
                        "hidden is 1000000000",
                        "at most"),
                config("zero heads", json -> json.put("n_heads", 0), "n_heads is 0", "positive whole number"),
                config("half a head", json -> json.put("n_heads", 3), "d_model is 16", "multiple of the heads"),
                config("odd groups", json -> json.put("n_kv_heads", 4), "kvHeads is 4", "must divide heads"),
                config("theta as text", json -> json.put("rope_theta", "x"), "rope_theta is \"x\"", "number"),
                config("no context", json -> json.putNull("max_sequence_length"), "max_sequence_length is null"),
                config(
                        "tying as text",
                        json -> json.put("weight_tying", "yes"),
                        "weight_tying is \"yes\"",
                        "true or false"),
                config("alibi", json -> json.put("alibi", true), "alibi is true", "computes false only"),
                config("no rope", json -> json.put("rope", false), "rope is false", "computes true only"),
                config(
                        "biases",
                        json -> json.put("include_qkv_bias", true),
                        "include_qkv_bias is true",
                        "computes false only"),
                config("block type", json -> json.put("block_type", "sequential"), "block_type", "llama only"),
                config(
                        "scaling",
                        json -> json.putObject("rope_scaling").put("factor", 2),
                        "rope_scaling.factor is 2",
                        "computes 1 only"),
                dream(
                        "window",
                        json -> json.put("use_sliding_window", true),
                        "use_sliding_window is true",
                        "computes false only"),
                dream("activation", json -> json.put("hidden_act", "gelu"), "hidden_act is \"gelu\"", "silu only"),
                config("mask outside", json -> json.put("mask_token_id", 99), "maskToken has 99", "0 to 31"),
                config("mask is end", json -> json.put("mask_token_id", 30), "maskToken is 30", "end token"),
                config("end outside", json -> json.put("eos_token_id", 99), "eos_token_id is 99", "0 to 31"),
                config("end below", json -> json.put("eos_token_id", -1), "eos_token_id is -1", "0 to 31"),
                input(
                        "end outside, to generate",
                        (in, out) ->
                                Files.writeString(in.resolve("generation_config.json"), "{\"eos_token_id\": [30, 99]}"),
                        "generation_config.json",
                        "eos_token_id is [30,99]",
                        "0 to 31"),
                config("end as text", json -> json.put("eos_token_id", "end"), "eos_token_id is \"end\"", "token id"),
                input(
                        "no mask anywhere",
                        (in, out) -> {
                            JsonEdit.change(in.resolve("config.json"), json -> json.remove("mask_token_id"));
                            JsonEdit.change(in.resolve("tokenizer_config.json"), json -> json.remove("mask_token"));
                        },
                        "config.json",
                        "mask_token_id is missing",
                        "add the id"));
    }

    static Stream<BadInput> files() {
        return Stream.of(
                input(
                        "no tokenizer",
                        (in, out) -> Files.delete(in.resolve("tokenizer.json")),
                        "tokenizer.json is missing",
                        "copy"),
                input(
                        "tokenizer cut",
                        (in, out) -> Edit.resize(in.resolve("tokenizer.json"), -9),
                        "tokenizer.json is not valid JSON"),
                input("tokenizer a list", text("tokenizer.json", "[]"), "tokenizer.json", "no JSON object"),
                input(
                        "generation cut",
                        text("generation_config.json", "{"),
                        "generation_config.json is not valid JSON"),
                input(
                        "no weights",
                        (in, out) -> Files.delete(in.resolve(WEIGHTS)),
                        "neither model.safetensors nor",
                        "save"),
                input(
                        "weights a folder",
                        (in, out) -> {
                            Files.delete(in.resolve(WEIGHTS));
                            Files.createDirectory(in.resolve(WEIGHTS));
                        },
                        WEIGHTS,
                        "is a folder"),
                input("weights a pipe", pipe(WEIGHTS), WEIGHTS, "is a pipe", "ordinary file"),
                input("config a pipe", pipe("config.json"), "config.json is a pipe", "ordinary file"),
                input("tokenizer a pipe", pipe("tokenizer.json"), "tokenizer.json is a pipe", "ordinary file"),
                input("filter a pipe", pipe("filter.safetensors"), "filter.safetensors is a pipe", "ordinary file"),
                input("template a pipe", pipe("chat_template.jinja"), "chat_template.jinja is a pipe", "ordinary"),
                input(
                        "config a link to nothing",
                        (in, out) -> SpecialFiles.link(in.resolve("config.json"), in.resolve("none")),
                        "config.json is a link that leads to nothing"));
    }

    /** Tokenizers whose tokens the embedding of 32 rows does not have. */
    static Stream<BadInput> tokens() {
        return Stream.of(
                tokenizer(
                        "an added token beyond",
                        json -> json.withArray("added_tokens")
                                .addObject()
                                .put("id", 32)
                                .put("content", "<extra>"),
                        "1 token beyond the embedding, \"<extra>\" first, with id 32",
                        "ids 0 to 31",
                        "resize"),
                tokenizer(
                        "an added token beyond, after the vocabulary that has it",
                        json -> {
                            json.withObject("/model/vocab").put("<extra>", 32);
                            ArrayNode added = json.withArray("added_tokens");
                            added.addObject().put("id", 32).put("content", "<extra>");
                            json.remove("added_tokens");
                            json.set("added_tokens", added);
                        },
                        "1 token beyond the embedding, \"<extra>\" first, with id 32"),
                tokenizer(
                        "words beyond",
                        json -> json.withObject("/model/vocab")
                                .put("far", 50)
                                .put("near", 40)
                                .put("last", 31),
                        "2 tokens beyond the embedding, \"near\" first, with id 40"),
                tokenizer(
                        "scored tokens beyond",
                        json -> {
                            var vocabulary = json.withObject("/model")
                                    .put("type", "Unigram")
                                    .putArray("vocab");
                            IntStream.range(0, 33)
                                    .forEach(id ->
                                            vocabulary.addArray().add("s" + id).add(-1.5));
                        },
                        "beyond the embedding"),
                beside(
                        "a named token beyond",
                        json -> json.put("pad_token", "<pad>"),
                        "1 token beyond the embedding, \"<pad>\" first, with id 32"),
                beside(
                        "declared tokens beyond",
                        json -> {
                            var declared = json.putObject("added_tokens_decoder");
                            declared.putObject("32").put("content", "<a>").put("special", true);
                            declared.putObject("33").put("content", "<b>").put("special", true);
                        },
                        "2 tokens beyond the embedding, \"<a>\" first, with id 32"),
                beside(
                        "an extra token beyond",
                        json -> json.putObject("extra_special_tokens").put("image_token", "<image>"),
                        "\"<image>\" first, with id 32"),
                input(
                        "an old token beyond",
                        text("added_tokens.json", "{\"<old>\": 32}"),
                        "\"<old>\" first, with id 32"),
                input(
                        "an old token without a number",
                        text("added_tokens.json", "{\"<old>\": \"x\"}"),
                        "added_tokens.json: the id of <old> is \"x\"",
                        "whole number of at least 0; correct the file"),
                beside(
                        "a declared token without a number",
                        json -> json.putObject("added_tokens_decoder").putObject("x"),
                        "tokenizer_config.json: added_tokens_decoder has x",
                        "token ids; correct the file"),
                input(
                        "a cut token map",
                        text("special_tokens_map.json", "{"),
                        "special_tokens_map.json is not valid JSON"));
    }

    private static BadInput tokenizer(String name, Consumer<ObjectNode> change, String... says) {
        return input(name, (in, out) -> JsonEdit.change(in.resolve("tokenizer.json"), change), says);
    }

    private static BadInput beside(String name, Consumer<ObjectNode> change, String... says) {
        return input(name, (in, out) -> JsonEdit.change(in.resolve("tokenizer_config.json"), change), says);
    }

    private static BadInput.Damage pipe(String file) {
        return (in, out) -> SpecialFiles.pipe(in.resolve(file));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
