package dev.dllm4j.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bodies are those of servers, in their wording; the numbers are made up. */
class ContextErrorTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                // OpenAI
                "{'error': {'message': 'Too much.', 'type': 'invalid_request_error', 'code': 'context_length_exceeded'}}",
                // vLLM, by its age
                "{'object': 'error', 'message': 'This model_s maximum context length is 4096 tokens. However, you"
                        + " requested 5000 tokens (4744 in the messages, 256 in the completion). Please reduce the length"
                        + " of the messages or completion.', 'type': 'BadRequestError', 'param': null, 'code': 400}",
                "{'error': {'message': 'This model_s maximum context length is 4096 tokens. However, your request has"
                        + " 4000 input tokens plus 256 _max_tokens_. Please reduce one or the other. (parameter="
                        + "input_tokens, max_tokens, value=(4000, 256))', 'type': 'BadRequestError', 'code': 400}}",
                "{'error': {'message': 'You passed 4097 input tokens and requested 256 output tokens. However, the"
                        + " model_s context length is only 4096 tokens, resulting in a maximum input length of 3840"
                        + " tokens.', 'code': 400}}",
                "{'error': {'message': 'The decoder prompt (length 5000) is longer than the maximum model length of"
                        + " 4096. Make sure that `max_model_len` is no smaller than that.', 'code': 400}}",
                // llama.cpp
                "{'error': {'code': 400, 'message': 'request (9412 tokens) exceeds the available context size (8192"
                        + " tokens), try increasing it', 'type': 'exceed_context_size_error', 'n_prompt_tokens': 9412,"
                        + " 'n_ctx': 8192}}",
                "{'error': {'code': 400, 'message': 'the request exceeds the available context size. try increasing the"
                        + " context size or enable context shift', 'type': 'invalid_request_error'}}",
                "{'error': {'code': 500, 'message': 'Context size has been exceeded.', 'type': 'server_error'}}",
                // SGLang
                "{'object': 'error', 'message': 'The input (5000 tokens) is longer than the model_s context length (4096"
                        + " tokens).', 'type': 'BadRequestError', 'param': null, 'code': 400}",
                "{'object': 'error', 'message': 'Requested token count exceeds the model_s maximum context length of"
                        + " 4096 tokens. You requested a total of 5000 tokens.', 'type': 'BadRequestError', 'code': 400}",
                // Ollama
                "{'error': {'message': 'prompt too long; exceeded max context length by 4 tokens', 'type': 'api_error',"
                        + " 'param': null, 'code': null}}",
                // LM Studio
                "{'error': 'Trying to keep the first 5406 tokens when context the overflows. However, the model is loaded"
                        + " with context length of only 4096 tokens, which is not enough.'}",
                // text-generation-inference
                "{'error': 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4744"
                        + " `inputs` tokens and 256 `max_new_tokens`', 'error_type': 'validation'}",
                // llama-cpp-python, a gateway, Mistral, Gemini, DashScope, Anthropic
                "{'error': {'message': 'Requested tokens (5000) exceed context window of 4096', 'code': null}}",
                "{'detail': 'Input exceeds the context window of 4096 tokens'}",
                "{'message': 'Prompt contains 5000 tokens and 0 draft tokens, too large for model with 4096 maximum"
                        + " context length', 'type': 'invalid_request_error', 'code': '3051'}",
                "{'error': {'code': 400, 'message': 'The input token count (5000) exceeds the maximum number of tokens"
                        + " allowed (4096).', 'status': 'INVALID_ARGUMENT'}}",
                "{'error': {'message': 'Range of input length should be [1, 4096]', 'code': 'invalid_parameter_error'}}",
                "{'type': 'error', 'error': {'type': 'invalid_request_error', 'message': 'prompt is too long: 5000 tokens"
                        + " > 4096 maximum'}}"
            })
    void aServersWayToSayThatAQuestionIsTooLongIsUnderstood(String body) throws IOException {
        assertThat(ContextError.in(json(body))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "{'error': 'Unauthorized'}",
                "{'error': {'message': 'max_tokens is too large: 200000. This model supports at most 16384 completion"
                        + " tokens', 'param': 'max_tokens', 'code': 'invalid_value'}}",
                "{'error': {'message': 'The model `m` does not exist.', 'code': 'model_not_found'}}",
                "{'error': {'message': 'unknown field context_length', 'code': 400}}",
                "{'error': {'message': 'Rate limit exceeded, try again in 20 s', 'code': 'rate_limit_exceeded'}}",
                "{'error': {'message': {'context length': 'exceeded'}}}",
                "{'detail': [{'type': 'missing', 'loc': ['body'], 'msg': 'Field required'}]}",
                "{'choices': [{'message': {'content': 'This model_s maximum context length is 4096 tokens.'}}]}"
            })
    void whatElseAServerSaysIsNotTakenForIt(String body) throws IOException {
        assertThat(ContextError.in(json(body))).isFalse();
    }

    private static JsonNode json(String body) throws IOException {
        return new ObjectMapper().readTree(body.replace('\'', '"').replace("_s ", "'s "));
    }
}
