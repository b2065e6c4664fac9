package dev.dllm4j.server.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dllm4j.server.ServerOptions;
import dev.dllm4j.server.testing.GatedServer;
import dev.dllm4j.server.testing.Wait;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** LangChain4j's streaming chat model for OpenAI. */
class LangChain4jTest {
    private final GatedServer scripted = GatedServer.scripted(ServerOptions.DEFAULT);

    @AfterEach
    void stop() {
        scripted.close();
    }

    private OpenAiStreamingChatModel model(String name) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(scripted.url() + "/v1")
                .apiKey("any")
                .modelName(name)
                .maxTokens(8)
                .build();
    }

    /** Collects the pieces, and gives the stream up after some of them. */
    private static final class Pieces implements StreamingChatResponseHandler {
        private final List<String> pieces = new CopyOnWriteArrayList<>();
        private final CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        private final int most;

        Pieces(int most) {
            this.most = most;
        }

        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            pieces.add(partial.text());
            if (pieces.size() == most) {
                context.streamingHandle().cancel();
            }
        }

        @Override
        public void onCompleteResponse(ChatResponse complete) {
            response.complete(complete);
        }

        @Override
        public void onError(Throwable error) {
            response.completeExceptionally(error);
        }
    }

    @Test
    void anAnswerInPieces() {
        scripted.gate().open();
        Pieces pieces = new Pieces(Integer.MAX_VALUE);

        model("scripted").chat("5 6 7", pieces);

        ChatResponse response = pieces.response.join();
        assertThat(response.aiMessage().text()).isEqualTo("3 4 5 6 7 8 9 10");
        assertThat(String.join("", pieces.pieces)).isEqualTo("3 4 5 6 7 8 9 10");
        assertThat(pieces.pieces).hasSizeGreaterThan(4);
        assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(8);
        assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void aStreamThatIsGivenUpEndsTheSequence() {
        Pieces pieces = new Pieces(1);
        model("scripted").chat("5 6 7", pieces);
        scripted.gate().let(2);
        Wait.until("a piece has come", () -> !pieces.pieces.isEmpty());
        Wait.until("the sequence is cancelled", () -> {
            scripted.gate().let(scripted.gate().entered() < 7 ? 1 : 0);
            return scripted.client().metric("dllm4j_cancelled_total", "client_gone") == 1;
        });
        assertThat(scripted.client().metric("dllm4j_tokens_total")).isZero();
    }

    @Test
    void errorsAreTold() {
        Pieces pieces = new Pieces(1);

        model("gpt-9").chat("5 6 7", pieces);

        assertThatThrownBy(pieces.response::join).hasMessageContaining("served are scripted");
    }
}
