package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.RefusedFileException;
import dev.dllm4j.decoder.template.Template;
import dev.dllm4j.decoder.template.TemplateException;
import dev.dllm4j.decoder.template.TemplateOptions;
import dev.dllm4j.decoder.template.TemplateRefusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a model wants a conversation written: the Jinja template that came with it, and the tokens it may name. */
public final class ChatTemplate {
    private static final List<String> TOKENS =
            List.of("bos_token", "eos_token", "pad_token", "mask_token", "unk_token", "cls_token", "sep_token");

    /** Of a template's file, and of tokenizer_config.json, whose added tokens make most of it. */
    private static final int MOST_BYTES = 16 << 20;

    private final Path folder;
    private final String source;
    private final Map<String, String> tokens;

    /** Parsed by the first rendering; threads that come at the same time may each parse it. */
    private volatile @Nullable Template parsed;

    private ChatTemplate(Path folder, String source, Map<String, String> tokens) {
        this.folder = folder;
        this.source = source;
        this.tokens = tokens;
    }

    /**
     * Reads {@code chat_template} of a folder's {@code tokenizer_config.json}, else its {@code chat_template.jinja};
     * empty where the model has neither. Cheap: the template is parsed by the first {@link #render}.
     */
    public static Optional<ChatTemplate> read(Path folder) {
        try {
            JsonNode config = config(folder.resolve("tokenizer_config.json"));
            Optional<String> inline = inline(config.path("chat_template"), folder);
            Optional<String> template = inline.isPresent() ? inline : text(folder.resolve("chat_template.jinja"));
            return template.map(text -> new ChatTemplate(folder, text, tokens(config)));
        } catch (IOException e) {
            throw new UncheckedIOException("the chat template in " + folder + " cannot be read", e);
        }
    }

    /**
     * The prompt's text.
     *
     * @param addGenerationPrompt whether to end with what opens the assistant's turn; some templates always do
     */
    public String render(List<Message> messages, boolean addGenerationPrompt) {
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("messages is []; a chat needs at least one; add a message of role user");
        }
        Map<String, @Nullable Object> variables = new HashMap<>(tokens);
        variables.put("messages", messages.stream().map(ChatTemplate::fields).toList());
        variables.put("add_generation_prompt", addGenerationPrompt);
        variables.put("tools", null); // none and not undefined, as transformers passes them
        variables.put("documents", null);
        try {
            return template().render(variables);
        } catch (TemplateRefusal e) {
            throw new IllegalArgumentException(oneLine("the chat template in " + folder + " refuses the messages: "
                    + e.getMessage() + "; change the messages, or give the prompt without the template"));
        } catch (TemplateException e) {
            throw new IllegalArgumentException(
                    oneLine("the chat template in " + folder + " cannot be rendered: " + e.getMessage()
                            + "; write it in plainer Jinja, or give the prompt without the template"),
                    e);
        }
    }

    private Template template() {
        Template template = parsed;
        if (template == null) {
            template = Template.parse(source, TemplateOptions.CHAT);
            parsed = template;
        }
        return template;
    }

    private static Map<String, Object> fields(Message message) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", message.role());
        fields.put("content", message.content());
        return fields;
    }

    private static JsonNode config(Path file) throws IOException {
        Optional<String> json = text(file);
        if (json.isEmpty()) {
            return MissingNode.getInstance();
        }
        try {
            return new ObjectMapper().readTree(json.get());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    oneLine(file + " is not JSON: " + e.getOriginalMessage() + "; copy it again from the model"), e);
        }
    }

    /** A string, or a list of {@code {name, template}}, of which the one named default serves a plain chat. */
    private static Optional<String> inline(JsonNode node, Path folder) {
        if (!node.isArray()) {
            return Optional.ofNullable(node.textValue());
        }
        for (JsonNode entry : node) {
            if (entry.path("name").asText().equals("default")) {
                return Optional.ofNullable(entry.path("template").textValue());
            }
        }
        throw new IllegalArgumentException("chat_template in " + folder + " names " + node.findValuesAsText("name")
                + "; one must be named default; name the one for plain chats so");
    }

    /** A special token stands in the file as its text, or as an object whose content it is. */
    private static Map<String, String> tokens(JsonNode config) {
        Map<String, String> tokens = new HashMap<>();
        for (String name : TOKENS) {
            JsonNode token = config.path(name);
            JsonNode content = token.isObject() ? token.path("content") : token;
            if (content.isTextual()) {
                tokens.put(name, content.textValue());
            }
        }
        return tokens;
    }

    private static Optional<String> text(Path file) throws IOException {
        try {
            return ReadableFile.textIfPresent(file, MOST_BYTES);
        } catch (RefusedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String oneLine(String message) {
        return message.replaceAll("\\s+", " ");
    }
}
