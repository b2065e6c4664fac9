package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.Wait;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** OpenAI's own client for Java. */
class OpenAiJavaTest {
    private static final String TEXT = "3 4 5 6 7 8 9 10";

    private final GatedServer scripted = GatedServer.scripted(ServerOptions.DEFAULT);
    private final OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl(scripted.url() + "/v1")
            .apiKey("any")
            .maxRetries(0)
            .build();

    @AfterEach
    void stop() {
        client.close();
        scripted.close();
    }

    private static ChatCompletionCreateParams.Builder question() {
        return ChatCompletionCreateParams.builder()
                .model("scripted")
                .addUserMessage("5 6 7")
                .maxCompletionTokens(8);
    }

    @Test
    void anAnswerInOnePiece() {
        scripted.gate().open();

        ChatCompletion answer = client.chat()
                .completions()
                .create(question()
                        .putAdditionalBodyProperty("decoding", JsonValue.from(Map.of("strategy", "topk(4)")))
                        .build());

        assertThat(answer.choices().get(0).message().content()).hasValue(TEXT);
        assertThat(answer.choices().get(0).finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
        assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(8);
        // Fields of ours go along: four tokens a step.
        assertThat(scripted.gate().entered()).isEqualTo(2);
    }

    @Test
    void anAnswerInPieces() {
        scripted.gate().open();
        StringBuilder text = new StringBuilder();
        ChatCompletionCreateParams params = question()
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        try (StreamResponse<ChatCompletionChunk> chunks = client.chat().completions().createStreaming(params)) {
            List<ChatCompletionChunk> all = chunks.stream().toList();
            all.forEach(chunk -> chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append)));
            assertThat(all.get(all.size() - 1).usage().orElseThrow().completionTokens()).isEqualTo(8);
            assertThat(all.size()).isGreaterThan(8);
        }
        assertThat(text).hasToString(TEXT);
    }

    @Test
    void aStreamThatIsClosedEndsTheSequence() {
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(question().build())) {
            scripted.gate().let(2);
            Iterator<ChatCompletionChunk> each = chunks.stream().iterator();
            String delta = "";
            while (delta.isEmpty()) {
                delta = each.next().choices().get(0).delta().content().orElse("");
            }
            assertThat(delta).isEqualTo("3");
        }
        Wait.until("the sequence is cancelled", () -> {
            scripted.gate().let(scripted.gate().entered() < 7 ? 1 : 0);
            return scripted.client().metric("dllm4j_cancelled_total", "client_gone") == 1;
        });
        assertThat(scripted.client().metric("dllm4j_tokens_total")).isZero();
    }

    @Test
    void completionsAndModels() {
        scripted.gate().open();
        Completion answer = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("scripted")
                        .prompt("5 6 7")
                        .maxTokens(8)
                        .build());
        assertThat(answer.choices().get(0).text()).isEqualTo(TEXT);
        assertThat(client.models().list().data()).singleElement().satisfies(model -> assertThat(model.id())
                .isEqualTo("scripted"));
        assertThat(client.models().retrieve("scripted").ownedBy()).isEqualTo("dllm4j");
    }

    @Test
    void errorsAreTheirs() {
        BadRequestException badRequest = catchThrowableOfType(
                BadRequestException.class,
                () -> client.chat()
                        .completions()
                        .create(question().temperature(-1.0).build()));
        assertThat(badRequest.param()).hasValue("temperature");
        assertThat(badRequest).hasMessageContaining("temperature is -1");
        NotFoundException notFound = catchThrowableOfType(
                NotFoundException.class,
                () -> client.chat()
                        .completions()
                        .create(question().model("gpt-9").build()));
        assertThat(notFound.code()).hasValue("model_not_found");
    }
}
