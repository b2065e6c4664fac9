package dev.dllm4j.decoder.convert;

import dev.dllm4j.decoder.checkpoint.AddedTokens;
import dev.dllm4j.decoder.checkpoint.CheckpointTokens;
import dev.dllm4j.decoder.checkpoint.SlowTokenizer;
import dev.dllm4j.decoder.checkpoint.TokenizerJson;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.TokenizerConfig;
import java.nio.file.Path;
import java.util.List;

/** The files of a checkpoint that turn text into tokens. */
final class TokenizerFiles {
    private static final List<String> BESIDE =
            List.of(TokenizerConfig.FILE, "special_tokens_map.json", "generation_config.json");

    private TokenizerFiles() {}

    /**
     * Copies the files. {@code tokenizer.json} is written anew where there is none, or where the files beside it know
     * more of its tokens; it then holds all there is to know of them.
     */
    static void copy(Path folder, Path target) {
        for (String name : BESIDE) {
            if (ReadableFile.exists(folder.resolve(name))) {
                FileCopy.content(folder.resolve(name), target.resolve(name));
            }
        }
        ChatTemplate.file(folder).ifPresent(file -> FileCopy.content(file, target.resolve(ChatTemplate.FILE)));
        AddedTokens added = CheckpointTokens.read(folder, Integer.MAX_VALUE).added();
        Path tokenizer = folder.resolve(TokenizerJson.NAME);
        if (!ReadableFile.exists(tokenizer)) {
            SlowTokenizer.write(folder, target.resolve(TokenizerJson.NAME), added.entries());
        } else if (added.changed()) {
            TokenizerJson.write(tokenizer, target.resolve(TokenizerJson.NAME), added.entries());
        } else {
            FileCopy.content(tokenizer, target.resolve(TokenizerJson.NAME));
        }
    }
}
