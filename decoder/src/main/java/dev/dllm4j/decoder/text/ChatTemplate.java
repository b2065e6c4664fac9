package dev.dllm4j.decoder.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.decoder.file.Quote;
import dev.dllm4j.decoder.file.ReadableFile;
import dev.dllm4j.decoder.file.RefusedFileException;
import dev.dllm4j.decoder.template.Template;
import dev.dllm4j.decoder.template.TemplateException;
import dev.dllm4j.decoder.template.TemplateOptions;
import dev.dllm4j.decoder.template.TemplateRefusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How a model wants a conversation written: the Jinja template that came with it, and the tokens it may name. */
public final class ChatTemplate {
    /** The file of the template that a plain chat is written with. */
    public static final String FILE = "chat_template.jinja";

    /** Where transformers looks first: templates with names. */
    private static final String NAMED_DEFAULT = "additional_chat_templates/default.jinja";

    /** Of a template's file, and of tokenizer_config.json, whose added tokens make most of it. */
    private static final int MOST_BYTES = 16 << 20;

    private static final int LONGEST_REASON = 300;

    private static final ObjectMapper MAPPER = new ObjectMapper();

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
     * Reads a folder's {@link #file}, else {@code chat_template} of its {@code tokenizer_config.json}; empty where the
     * model has neither. Cheap: the template is parsed by the first {@link #render}.
     */
    public static Optional<ChatTemplate> read(Path folder) {
        Optional<Path> file = file(folder);
        Optional<String> template = file.isPresent()
                ? text(file.get())
                : inline(config(folder.resolve(TokenizerConfig.FILE)).path("chat_template"), folder);
        return template.map(text -> new ChatTemplate(folder, text, tokens(folder)));
    }

    /** The file that beats a template in {@code tokenizer_config.json}, if there is one. */
    public static Optional<Path> file(Path folder) {
        return Stream.of(NAMED_DEFAULT, FILE)
                .map(folder::resolve)
                .filter(ReadableFile::exists)
                .findFirst();
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
            throw new IllegalArgumentException("the chat template in " + folder + " refuses the messages: "
                    + shown(e.getMessage()) + "; change the messages, or give the prompt without the template");
        } catch (TemplateException e) {
            throw new IllegalArgumentException(
                    "the chat template in " + folder + " cannot be rendered: " + shown(e.getMessage())
                            + "; write it in plainer Jinja, or give the prompt without the template",
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

    /** An empty object where there is no such file. */
    private static ObjectNode config(Path file) {
        Optional<String> json = text(file);
        if (json.isEmpty()) {
            return MAPPER.createObjectNode();
        }
        try {
            if (MAPPER.readTree(json.get()) instanceof ObjectNode config) {
                return config;
            }
            throw malformed(file, "it holds no object", null);
        } catch (JsonProcessingException e) {
            throw malformed(file, e.getOriginalMessage(), e);
        }
    }

    private static IllegalArgumentException malformed(Path file, String reason, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                file + " is not JSON: " + shown(reason) + "; copy it again from the model", cause);
    }

    /** A string, or templates by name as an object or a list, of which the one named default serves a plain chat. */
    private static Optional<String> inline(JsonNode node, Path folder) {
        if (!node.isContainerNode()) {
            return Optional.ofNullable(node.textValue());
        }
        Map<String, JsonNode> templates = new LinkedHashMap<>();
        if (node.isObject()) {
            node.properties().forEach(entry -> templates.put(entry.getKey(), entry.getValue()));
        } else {
            node.forEach(entry -> templates.put(entry.path("name").asText(), entry.path("template")));
        }
        JsonNode plain = templates.get("default");
        if (plain == null) {
            throw new IllegalArgumentException(
                    "chat_template in " + folder + " names " + Quote.content(templates.keySet())
                            + "; one must be named default; name the one for plain chats so");
        }
        return Optional.ofNullable(plain.textValue());
    }

    private static Map<String, String> tokens(Path folder) {
        Map<String, String> tokens = new HashMap<>();
        TokenizerConfig.read(folder, ChatTemplate::config)
                .named()
                .forEach((name, token) -> tokens.put(name, token.content()));
        return tokens;
    }

    private static Optional<String> text(Path file) {
        try {
            return ReadableFile.textIfPresent(file, MOST_BYTES);
        } catch (RefusedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " is not text in UTF-8; save it as such, or copy it again", e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    /** What a template says, or a parser of it, which may quote any of its text. */
    static String shown(@Nullable String reason) {
        return Quote.of(String.valueOf(reason).replaceAll("\\s+", " "), LONGEST_REASON);
    }
}
