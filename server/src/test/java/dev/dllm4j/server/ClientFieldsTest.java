package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields and messages as ordinary clients and evaluation harnesses send them. */
class ClientFieldsTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETION = "/v1/completions";

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static Client client;
    private static String answer;

    @BeforeAll
    static void serve() {
        tiny = new TinyServer(folder, ServerOptions.DEFAULT);
        client = tiny.client();
        answer = chat("").text();
    }

    @AfterAll
    static void stop() {
        tiny.close();
    }

    private static Reply chat(String fields) {
        return client.post(
                CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\"}],\"max_tokens\":32" + fields + "}");
    }

    private static Reply turn(String message) {
        return client.post(
                CHAT, "{\"messages\":[" + message + ",{\"role\":\"user\",\"content\":\"5 6 7\"}],\"max_tokens\":8}");
    }

    private static void assertUnchanged(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(answer).isNotEmpty();
        assertThat(reply.json().has("warnings")).isFalse();
        assertThat(reply.header("X-Warnings")).isEmpty();
    }

    private static void assertRefused(Reply reply, String error) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.error()).startsWith(error).doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"metadata\":{\"trace\":\"a\"},\"store\":true,\"user\":\"u\",\"safety_identifier\":\"s\"",
                "\"prompt_cache_key\":\"k\",\"prompt_cache_retention\":\"24h\",\"service_tier\":\"priority\"",
                "\"reasoning_effort\":\"high\",\"verbosity\":\"low\",\"parallel_tool_calls\":false",
                "\"reasoning_effort\":\"minimal\",\"prediction\":null,\"modalities\":[\"text\"],\"audio\":null",
                "\"top_k\":-1,\"min_p\":0.0,\"repetition_penalty\":1.0,\"length_penalty\":1.0,\"ignore_eos\":false",
                "\"top_k\":0,\"min_tokens\":0,\"stop_token_ids\":[],\"bad_words\":[],\"use_beam_search\":false",
                "\"skip_special_tokens\":true,\"spaces_between_special_tokens\":true,\"echo\":false,\"priority\":0",
                "\"add_generation_prompt\":true,\"continue_final_message\":false,\"add_special_tokens\":false",
                "\"chat_template_kwargs\":{},\"documents\":[],\"include_reasoning\":true,\"enable_thinking\":false",
                "\"include_stop_str_in_output\":false,\"return_token_ids\":false,\"return_tokens_as_token_ids\":false",
                "\"request_id\":\"r\",\"session_id\":\"s\",\"thinking\":{\"type\":\"disabled\"}",
                "\"cache_prompt\":true,\"repeat_penalty\":1,\"typical_p\":1.0,\"mirostat\":0,\"n_probs\":0",
                "\"timings_per_token\":false,\"logprobs\":false,\"top_logprobs\":0,\"n\":1",
                "\"frequency_penalty\":0.0,\"presence_penalty\":0,\"logit_bias\":{},\"tools\":[],\"functions\":[]",
                "\"tool_choice\":\"auto\",\"function_call\":\"none\",\"response_format\":{\"type\":\"text\"}"
            })
    void whatAsksForNothingIsTaken(String fields) {
        assertUnchanged(chat("," + fields));
    }

    @Test
    void completionsTakeTheirs() {
        String prompt = "{\"prompt\":\"5 6 7\",\"max_tokens\":32";
        String plain = client.post(COMPLETION, prompt + "}").text();

        Reply reply = client.post(
                COMPLETION,
                prompt
                        + ",\"best_of\":1,\"echo\":false,\"add_special_tokens\":true,\"logprobs\":null,\"suffix\":\"\","
                        + "\"metadata\":{},\"top_k\":-1,\"min_p\":0,\"repetition_penalty\":1,\"n\":1,\"user\":\"u\"}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(plain).isNotEmpty();
        assertRefused(
                client.post(COMPLETION, prompt + ",\"best_of\":2}"),
                "best_of: best_of is 2; it is not supported, so leave it out or send 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"metadata\":{\"a\":1} | metadata: metadata is an object; it is not supported, so leave it out or send an object of",
                "\"metadata\":[] | metadata: metadata is []",
                "\"service_tier\":\"gold\" | service_tier: service_tier is \"gold\"; it is not supported, so leave it out or send \"auto\"",
                "\"reasoning_effort\":\"huge\" | reasoning_effort: reasoning_effort is \"huge\"",
                "\"reasoning_effort\":3 | reasoning_effort: reasoning_effort is 3",
                "\"user\":7 | user: user is 7",
                "\"store\":\"yes\" | store: store is \"yes\"",
                "\"presence_penalty\":-0.5 | presence_penalty: presence_penalty is -0.5; it is not supported, so leave it out or send 0",
                "\"repetition_penalty\":1.1 | repetition_penalty: repetition_penalty is 1.1; it is not supported, so leave it out or send 1",
                "\"min_p\":0.1 | min_p: min_p is 0.1",
                "\"ignore_eos\":true | ignore_eos: ignore_eos is true",
                "\"top_k\":-2 | top_k: top_k is -2; it must be a whole number within [-1, 2147483647]",
                "\"top_k\":1.5 | top_k: top_k is 1.5",
                "\"top_k\":5,\"decoding\":{\"top_k\":6} | decoding.top_k: decoding.top_k is 6 and top_k 5; they mean the same",
                "\"decoding\":{\"top_k\":-1} | decoding.top_k: decoding.top_k is -1; it must be a whole number within [0, ",
                "\"never_heard_of\":1 | never_heard_of: unknown field never_heard_of; known are decoding, logit_bias, max_completion_tokens, ",
                "\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"] | stop: stop is an array; it must be a string, or an array of at most 16"
            })
    void whatAsksForSomethingElseIsRefusedByName(String fields, String error) {
        assertRefused(chat("," + fields), error);
    }

    @Test
    void topKIsTheDecodingsOwn() {
        String sampled = ",\"temperature\":0.8,\"seed\":3";
        Reply outer = chat(sampled + ",\"top_k\":4");

        assertThat(outer.json().at("/settings/top_k").asInt()).isEqualTo(4);
        assertThat(outer.text())
                .isEqualTo(chat(sampled + ",\"decoding\":{\"top_k\":4}").text());
        assertThat(chat(sampled + ",\"top_k\":4,\"decoding\":{\"top_k\":4}").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {",\"top_p\":0", ",\"top_p\":0.0,\"temperature\":0.9", ",\"decoding\":{\"top_p\":0}"})
    void topPOfZeroLeavesTheBestToken(String fields) {
        Reply reply = chat(fields);

        assertUnchanged(reply);
        assertThat(reply.json().at("/settings/temperature").asDouble()).isZero();
        assertThat(reply.json().at("/settings/top_p").asDouble()).isEqualTo(1);
    }

    /** lm-eval 0.4.9 to 0.4.11 put a type into every message. */
    @Test
    void anEvaluationHarnessesMessageIsTaken() {
        Reply reply = client.post(
                CHAT,
                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"5 6 7\",\"type\":\"text\"}],"
                        + "\"max_tokens\":32,\"temperature\":0.0,\"stop\":[\"Question:\",\"</s>\",\"<|im_end|>\"],\"seed\":1234}");

        assertUnchanged(reply);
    }

    @Test
    void anEndTokenMoreThanFourStopStringsIsTaken() {
        assertUnchanged(chat(",\"stop\":[\"\\nclass\",\"\\ndef\",\"\\n#\",\"\\nif\",\"\\nprint\",\"<|endoftext|>\"]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"type\":\"text\"",
                "\"type\":\"message\",\"id\":\"msg_1\"",
                "\"name\":\"ann\"",
                "\"refusal\":null,\"annotations\":[],\"audio\":null,\"function_call\":null,\"tool_calls\":null",
                "\"tool_calls\":[],\"reasoning_content\":null,\"reasoning\":\"\",\"tool_call_id\":null",
                "\"reasoning_content\":\"\",\"prefix\":false,\"partial\":false,\"images\":[]",
                "\"cache_control\":{\"type\":\"ephemeral\"},\"never_heard_of\":null"
            })
    void anAnswerMayBeSentBackWithAllThatItCameWith(String fields) {
        assertUnchanged(client.post(
                CHAT,
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"5 6 7\"," + fields + "}],\"max_tokens\":32}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"role\":\"assistant\",\"content\":null} | messages[0].content: messages[0].content is null; it must be a string, or an array of text parts",
                "{\"role\":\"assistant\"} | messages[0].content: messages[0].content is missing; it must be a string, or an array of text parts",
                "{\"role\":\"user\",\"content\":7} | messages[0].content: messages[0].content is 7; it must be a string, or",
                "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]} | messages[0].tool_calls: messages[0].tool_calls is an array; tools are not supported, so leave out the turns that call them",
                "{\"role\":\"assistant\",\"tool_calls\":[{}]} | messages[0].tool_calls: messages[0].tool_calls is an array; tools are not supported",
                "{\"role\":\"assistant\",\"content\":null,\"function_call\":{\"name\":\"f\"}} | messages[0].function_call: messages[0].function_call is an object; tools are not supported",
                "{\"role\":\"assistant\",\"content\":\"5\",\"function_call\":[]} | messages[0].function_call: messages[0].function_call is []; tools are not supported",
                "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"3\"} | messages[0].role: messages[0].role is \"tool\"; tools are not supported",
                "{\"role\":\"function\",\"content\":\"3\"} | messages[0].role: messages[0].role is \"function\"; tools are not supported",
                "{\"content\":\"3\"} | messages[0].role: messages[0].role is missing; it must be one of system, developer, user, assistant",
                "{\"role\":null,\"content\":\"3\"} | messages[0].role: messages[0].role is null; it must be one of",
                "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]} | messages[0].content[0].type: messages[0].content[0].type is \"image_url\"; it must be \"text\"",
                "{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]} | messages[0].content[0].text: messages[0].content[0].text is missing; it must be a string",
                "{\"role\":\"user\",\"content\":[\"5\"]} | messages[0].content[0]: messages[0].content[0] is \"5\"; it must be an object",
                "{\"role\":\"user\",\"content\":\"5\",\"type\":\"image\"} | messages[0].type: messages[0].type is \"image\"; it is not supported",
                "{\"role\":\"user\",\"content\":\"5\",\"reasoning_content\":\"hm\"} | messages[0].reasoning_content: messages[0].reasoning_content is \"hm\"; it is not supported",
                "{\"role\":\"user\",\"content\":\"5\",\"contnt\":\"5\"} | messages[0].contnt: unknown field messages[0].contnt; known are content, role, and those without effect"
            })
    void aMessageIsRefusedByWhatIsWrongWithIt(String message, String error) {
        assertRefused(turn(message), error);
    }

    @Test
    void whatIsMissingIsSaidToBe() {
        assertRefused(client.post(CHAT, "{}"), "messages: messages is missing; it must be an array of");
        assertRefused(client.post(CHAT, "{\"messages\":null}"), "messages: messages is null; it must be");
        assertRefused(client.post(COMPLETION, "{}"), "prompt: prompt is missing; it must be a string, an array");
        assertRefused(client.post(COMPLETION, "{\"prompt\":null}"), "prompt: prompt is null; it must be");
    }
}
