package dev.dllm4j.server.clients;

import dev.dllm4j.server.testing.Client;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** LangChain4j's models for OpenAI. */
final class LangChain4jCaller implements Caller {
    private static final int LONGEST_SECONDS = 30;

    @Override
    public Outcome call(Way way, String url, int retries) {
        List<String> pieces = new CopyOnWriteArrayList<>();
        try {
            String text = way == Way.ASK ? ask(url, retries) : stream(url, pieces);
            return new Outcome(way == Way.STREAM ? String.join("", pieces) : text, 0, "", "", "");
        } catch (CompletionException e) {
            return failed(pieces, e.getCause() == null ? e : e.getCause());
        } catch (RuntimeException e) {
            return failed(pieces, e);
        }
    }

    /** What was thrown has the error as it was sent for its message. */
    private static Outcome failed(List<String> pieces, Throwable e) {
        String message = String.valueOf(e.getMessage());
        String code = message.startsWith("{")
                ? Client.json(message).at("/error/code").asText()
                : "";
        return new Outcome(String.join("", pieces), 0, e.getClass().getSimpleName(), code, message);
    }

    private static String ask(String url, int retries) {
        return OpenAiChatModel.builder()
                .baseUrl(url + "/v1")
                .apiKey("any")
                .modelName("scripted")
                .maxTokens(8)
                .maxRetries(retries)
                .build()
                .chat("5 6 7");
    }

    private static String stream(String url, List<String> pieces) {
        OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
                .baseUrl(url + "/v1")
                .apiKey("any")
                .modelName("scripted")
                .maxTokens(8)
                .httpClientBuilder(new CanvasToo(JdkHttpClient.builder()))
                .build();
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        model.chat("5 6 7", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.add(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse complete) {
                response.complete(complete);
            }

            @Override
            public void onError(Throwable error) {
                response.completeExceptionally(error);
            }
        });
        return response.orTimeout(LONGEST_SECONDS, TimeUnit.SECONDS)
                .join()
                .aiMessage()
                .text();
    }

    /** Asks for the canvas, which the model's own builder has no word for. */
    private record CanvasToo(HttpClientBuilder builder) implements HttpClientBuilder {
        @Override
        public Duration connectTimeout() {
            return builder.connectTimeout();
        }

        @Override
        public HttpClientBuilder connectTimeout(Duration timeout) {
            return new CanvasToo(builder.connectTimeout(timeout));
        }

        @Override
        public Duration readTimeout() {
            return builder.readTimeout();
        }

        @Override
        public HttpClientBuilder readTimeout(Duration timeout) {
            return new CanvasToo(builder.readTimeout(timeout));
        }

        @Override
        public HttpClient build() {
            HttpClient client = builder.build();
            return new HttpClient() {
                @Override
                public SuccessfulHttpResponse execute(HttpRequest request) {
                    return client.execute(request);
                }

                @Override
                public void execute(
                        HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
                    client.execute(withCanvas(request), parser, listener);
                }
            };
        }

        private static HttpRequest withCanvas(HttpRequest request) {
            String body = request.body()
                    .replaceFirst("\"include_usage\"\\s*:\\s*true", "\"include_usage\":true,\"include_canvas\":true");
            if (body.equals(request.body())) {
                throw new AssertionError("it asks for no usage: " + body);
            }
            return HttpRequest.builder()
                    .method(request.method())
                    .url(request.url())
                    .headers(request.headers())
                    .body(body)
                    .build();
        }
    }
}
