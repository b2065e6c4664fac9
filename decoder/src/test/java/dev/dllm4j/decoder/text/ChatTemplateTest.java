package dev.dllm4j.decoder.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dllm4j.decoder.golden.StarterReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
    private static final List<Message> GREETING = List.of(new Message("user", "Hi"));

    @TempDir
    Path folder;

    @Test
    void theBundledModelsQuestionsGiveItsPrompts() throws IOException {
        Path starter = StarterReference.checkpoint();
        JsonNode decodes = StarterReference.read().get("plain_decodes");
        ChatTemplate template = ChatTemplate.read(starter).orElseThrow();
        try (Tokenizer tokenizer = HfTokenizer.read(starter)) {
            for (JsonNode decode : decodes) {
                String question = decode.get("question").asText();
                String prompt = template.render(List.of(new Message("user", question)), true);
                assertThat(tokenizer.encode(prompt)).as(question).isEqualTo(Samples.ids(decode.get("prompt_ids")));
            }
        }
        assertThat(decodes).isNotEmpty();
    }

    @Test
    void bracesInAMessageStayAsTheyAre() throws IOException {
        String content = "{{ 7 * 7 }} {% for m in messages %}x{% endfor %} {# note #} {{ messages }} <b>&amp;</b> \\n";
        ChatTemplate template = written("{% for m in messages %}{{ m['content'] + '|' }}{% endfor %}");
        assertThat(template.render(List.of(new Message("user", content), new Message("user", "{{")), true))
                .isEqualTo(content + "|{{|");
    }

    @Test
    void theGenerationPromptIsTheTemplatesChoice() throws IOException {
        ChatTemplate template = written("{{ messages[0].content }}{% if add_generation_prompt %}>{% endif %}");
        assertThat(template.render(GREETING, true)).isEqualTo("Hi>");
        assertThat(template.render(GREETING, false)).isEqualTo("Hi");
    }

    @Test
    void specialTokensAreStringsOrObjectsOrUndefined() throws IOException {
        write("tokenizer_config.json", """
            {"bos_token": "<s>", "eos_token": {"content": "</s>", "special": true}, "pad_token": null,
             "chat_template": "{{ bos_token + eos_token }}{{ 'pad' if pad_token is defined }}"}
            """);
        assertThat(ChatTemplate.read(folder).orElseThrow().render(GREETING, true))
                .isEqualTo("<s></s>");
    }

    @Test
    void ofSeveralTemplatesTheDefaultServes() throws IOException {
        write("tokenizer_config.json", """
            {"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}
            """);
        assertThat(ChatTemplate.read(folder).orElseThrow().render(GREETING, true))
                .isEqualTo("D");
    }

    @Test
    void severalTemplatesWithoutDefaultAreRefused() throws IOException {
        write("tokenizer_config.json", """
            {"chat_template": [{"name": "rag", "template": "R"}, {"name": "tool_use", "template": "T"}]}
            """);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChatTemplate.read(folder))
                .withMessage("chat_template in " + folder + " names [rag, tool_use]; one must be named default;"
                        + " name the one for plain chats so");
    }

    @Test
    void aTemplateMayBeAFileOfItsOwn() throws IOException {
        write("chat_template.jinja", "{{ messages[0].content }}!\n");
        assertThat(ChatTemplate.read(folder).orElseThrow().render(GREETING, true))
                .isEqualTo("Hi!");
        write("tokenizer_config.json", "{\"bos_token\": \"<s>\"}");
        write("chat_template.jinja", "{{ bos_token }}");
        assertThat(ChatTemplate.read(folder).orElseThrow().render(GREETING, true))
                .isEqualTo("<s>");
        write("tokenizer_config.json", "{\"bos_token\": \"<b>\", \"chat_template\": \"inline\"}");
        assertThat(ChatTemplate.read(folder).orElseThrow().render(GREETING, true))
                .isEqualTo("<b>");
    }

    /** transformers refuses such a folder; the template is there, though. */
    @Test
    void namedTemplatesWithoutADefaultLeaveTheInlineOne() throws IOException {
        Files.createDirectory(folder.resolve("additional_chat_templates"));
        write("additional_chat_templates/tool_use.jinja", "tools");
        write("tokenizer_config.json", "{\"chat_template\": \"inline\"}");
        assertThat(ChatTemplate.read(folder).orElseThrow().render(GREETING, true))
                .isEqualTo("inline");
    }

    @Test
    void pythonsStripTakesEveryBlankOfUnicode() throws IOException {
        ChatTemplate template = written("[{{ messages[0].content.strip() }}]");
        assertThat(template.render(List.of(new Message("user", "\u00a0x\u2003\u3000")), true))
                .isEqualTo("[x]");
    }

    @Test
    void aModelWithoutTemplateHasNone() throws IOException {
        assertThat(ChatTemplate.read(folder)).isEmpty();
        write("tokenizer_config.json", "{\"chat_template\": null}");
        assertThat(ChatTemplate.read(folder)).isEmpty();
    }

    @Test
    void aConfigThatIsNotJsonIsRefusedInOneLine() throws IOException {
        write("tokenizer_config.json", "{\n\"chat_template\": ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChatTemplate.read(folder))
                .withMessageStartingWith(folder.resolve("tokenizer_config.json") + " is not JSON: ")
                .withMessageEndingWith("; copy it again from the model")
                .withMessageNotContaining("\n");
    }

    @Test
    void aTemplateThatCannotBeRenderedIsRefusedInOneLine() throws IOException {
        ChatTemplate template = written("{% for m in messages %}\n{{ m.content.encode() }}\n{% endfor %}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> template.render(GREETING, true))
                .withMessage("the chat template in " + folder + " cannot be rendered: line 2: the method encode is not"
                        + " supported; write it in plainer Jinja, or give the prompt without the template");
    }

    @Test
    void toolsAndDocumentsAreNoneAndNotUndefined() throws IOException {
        ChatTemplate template =
                written("{{ tools is defined }}{{ tools is none }}{{ documents is none }}{{ dates is none }}");
        assertThat(template.render(GREETING, true)).isEqualTo("TrueTrueTrueFalse");
    }

    @Test
    void aTemplateThatDoesNotEndIsGivenUp() throws IOException {
        ChatTemplate template =
                written("{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> template.render(GREETING, true))
                .withMessageContaining("line 1: the template takes more than 2000000 steps, its limit");
    }

    @Test
    void aTemplateReadsNoFile() throws IOException {
        for (String tag : List.of("{% include 'logging.properties' %}", "{% import 'x' as x %}", "{% extends 'x' %}")) {
            ChatTemplate template = written(tag);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> template.render(GREETING, true))
                    .withMessageContaining("is refused");
        }
    }

    @Test
    void messagesTheTemplateRefusesAreRefusedInItsWords() throws IOException {
        ChatTemplate template = written("{{ raise_exception('Turns must\nalternate!') }}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> template.render(GREETING, true))
                .withMessage("the chat template in " + folder + " refuses the messages: Turns must alternate!;"
                        + " change the messages, or give the prompt without the template");
    }

    @Test
    void aChatWithoutMessagesIsRefused() throws IOException {
        ChatTemplate template = written("x");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> template.render(List.of(), true))
                .withMessage("messages is []; a chat needs at least one; add a message of role user");
    }

    private ChatTemplate written(String template) throws IOException {
        write(
                "tokenizer_config.json",
                new ObjectMapper()
                        .createObjectNode()
                        .put("chat_template", template)
                        .toString());
        return ChatTemplate.read(folder).orElseThrow();
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
