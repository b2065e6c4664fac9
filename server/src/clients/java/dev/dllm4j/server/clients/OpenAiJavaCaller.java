package dev.dllm4j.server.clients;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;

/** OpenAI's own client for Java. */
final class OpenAiJavaCaller implements Caller {
    private static final ChatCompletionCreateParams QUESTION = ChatCompletionCreateParams.builder()
            .model("scripted")
            .addUserMessage("5 6 7")
            .maxCompletionTokens(8)
            .build();
    private static final ChatCompletionCreateParams WITH_CANVAS = QUESTION.toBuilder()
            .streamOptions(ChatCompletionStreamOptions.builder()
                    .includeUsage(true)
                    .putAdditionalProperty("include_canvas", JsonValue.from(true))
                    .build())
            .build();

    @Override
    public Outcome call(Way way, String url, int retries) {
        StringBuilder text = new StringBuilder();
        int[] steps = {0};
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(url + "/v1")
                .apiKey("any")
                .maxRetries(retries)
                .build();
        try {
            switch (way) {
                case ASK -> text.append(content(client.chat().completions().create(QUESTION)));
                case STREAM -> stream(client, text, steps);
                case HELPER -> text.append(content(accumulated(client)));
            }
            return new Outcome(text.toString(), steps[0], "", "", "");
        } catch (OpenAIServiceException e) {
            return new Outcome(text.toString(), steps[0], name(e), e.code().orElse(""), message(e));
        } catch (OpenAIException | IllegalStateException e) {
            return new Outcome(text.toString(), steps[0], name(e), "", message(e));
        } finally {
            client.close();
        }
    }

    @SuppressWarnings("deprecation") // There is no other way to a field that OpenAI does not have.
    private static void stream(OpenAIClient client, StringBuilder text, int[] steps) {
        try (StreamResponse<ChatCompletionChunk> chunks = client.chat().completions().createStreaming(WITH_CANVAS)) {
            chunks.stream().forEach(chunk -> {
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
                JsonValue canvas = chunk._additionalProperties().get("canvas");
                steps[0] += canvas != null && canvas.toString().contains("type=step") ? 1 : 0;
            });
        }
    }

    private static ChatCompletion accumulated(OpenAIClient client) {
        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> chunks = client.chat().completions().createStreaming(WITH_CANVAS)) {
            chunks.stream().forEach(accumulator::accumulate);
        }
        return accumulator.chatCompletion();
    }

    private static String content(ChatCompletion answer) {
        return answer.choices().get(0).message().content().orElse("");
    }

    private static String name(Exception e) {
        return e.getClass().getSimpleName();
    }

    private static String message(Exception e) {
        return String.valueOf(e.getMessage());
    }
}
