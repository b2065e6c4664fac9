package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.decoder.Decoder;
import dev.dllm4j.decoder.onnx.RuntimeOptions;
import dev.dllm4j.decoder.testing.ScriptedPredictor;
import dev.dllm4j.decoder.testing.ScriptedPredictor.Prediction;
import dev.dllm4j.decoder.testing.TokenNames;
import dev.dllm4j.decoder.text.ChatTemplate;
import dev.dllm4j.decoder.text.Tokenizer;
import dev.dllm4j.server.api.RequestLimits;
import dev.dllm4j.server.api.ServedModel;
import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts that are longer than any answer could need, by limits far below those of use. */
class LongPromptTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHATS = "/v1/chat/completions";
    private static final ServerOptions SHORT =
            ServerOptions.DEFAULT.withRequest(new RequestLimits(10, 64, 16).withPromptCharacters(400));

    private final List<AutoCloseable> open = new ArrayList<>();

    @TempDir
    Path folder;

    /** Says that ten characters are a token at least, counts what it is given, and may be held. */
    private static final class HeldTokenizer extends TokenNames {
        private final AtomicInteger encoded = new AtomicInteger();
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public int[] encode(String text) {
            encoded.incrementAndGet();
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return super.encode(text);
        }

        @Override
        public int fewestTokens(String text) {
            return text.length() / 10;
        }

        HeldTokenizer free() {
            released.countDown();
            return this;
        }
    }

    private ServedModel model(String id, Tokenizer tokenizer, Optional<ChatTemplate> template) {
        Decoder decoder = new Decoder(
                new ScriptedPredictor((forward, position) -> Prediction.of(position % 13, 0.95)),
                tokenizer,
                template,
                id + "-hash");
        open.add(0, decoder);
        return new ServedModel(id, decoder, RuntimeOptions.DEFAULT, Instant.EPOCH);
    }

    private Client serve(ServerOptions options, ServedModel... models) {
        Server server = Server.start(List.of(models), options.withPort(0));
        open.add(0, server);
        return new Client(server);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void longPromptsAtOnceAreRefusedUnreadAndOrdinaryOnesBesideThemAnswered() {
        HeldTokenizer tokenizer = new HeldTokenizer().free();
        Client client = serve(SHORT, model("one", tokenizer, Optional.empty()));

        List<CompletableFuture<Reply>> tooMany = ask(client, 30, "1 2 ".repeat(40));
        List<CompletableFuture<Reply>> tooLong = ask(client, 30, "1 2 ".repeat(200));
        List<CompletableFuture<Reply>> ordinary = ask(client, 10, "1 2 3");

        ordinary.forEach(reply -> assertThat(reply.join().status()).isEqualTo(200));
        tooMany.forEach(reply -> assertThat(refused(reply.join()))
                .isEqualTo("prompt: prompt has 16 tokens or more; the server takes 10, so shorten it"));
        tooLong.forEach(reply -> assertThat(refused(reply.join()))
                .isEqualTo("prompt: prompt has 800 characters; the server takes 400, so shorten it"));
        assertThat(tokenizer.encoded).hasValue(10);
    }

    @Test
    void aSuffixAndEveryOneOfManyPromptsAreJudgedAlike() {
        HeldTokenizer tokenizer = new HeldTokenizer().free();
        Client client = serve(SHORT, model("one", tokenizer, Optional.empty()));
        String longText = "1 2 ".repeat(40);

        assertThat(refused(client.post(COMPLETIONS, "{\"prompt\":[1],\"suffix\":\"" + longText + "\"}")))
                .isEqualTo("suffix: suffix has 16 tokens or more; the server takes 10, so shorten it");
        assertThat(refused(client.post(COMPLETIONS, "{\"prompt\":[\"1\",\"" + longText + "\"]}")))
                .isEqualTo("prompt[1]: prompt[1] has 16 tokens or more; the server takes 10, so shorten it");
        assertThat(tokenizer.encoded).hasValue(1);
    }

    @Test
    void aChatIsJudgedByItsMessagesAndThenByTheTextThatItsTemplateMakes() throws IOException {
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{% for message in messages %}{{ message.content }} {{ message.content }}{% endfor %}");
        HeldTokenizer tokenizer = new HeldTokenizer().free();
        Client client = serve(SHORT, model("one", tokenizer, ChatTemplate.read(folder)));

        assertThat(client.post(CHATS, chat("1 2 3")).status()).isEqualTo(200);
        assertThat(refused(client.post(CHATS, chat("1 2 ".repeat(15) + "3"))))
                .isEqualTo("messages: messages has 12 tokens or more; the server takes 10, so shorten it");
        assertThat(refused(client.post(CHATS, chat("1 2 ".repeat(60) + "3"))))
                .isEqualTo("messages: messages has 483 characters; the server takes 400, so shorten it");
        assertThat(refused(client.post(CHATS, chat("1 2 ".repeat(110)))))
                .isEqualTo("messages: messages has 440 characters; the server takes 400, so shorten it");
        assertThat(tokenizer.encoded).hasValue(1);
    }

    @Test
    void aPromptLongerThanTheModelsContextIsRefusedUnread() {
        HeldTokenizer tokenizer = new HeldTokenizer().free();
        ServedModel model = model("one", tokenizer, Optional.empty());
        int context = model.decoder().spec().context();
        Client client = serve(ServerOptions.DEFAULT.withRequest(new RequestLimits(2 * context, 64, 16)), model);

        assertThat(refused(client.post(COMPLETIONS, prompt("one", "1 2 3 4 5 ".repeat(context + 1)))))
                .isEqualTo("prompt: prompt has " + (context + 1) + " tokens or more; the model's context is " + context
                        + ", so shorten it");
        assertThat(tokenizer.encoded).hasValue(0);
    }

    @Test
    void aModelWhoseTokenizerDoesNotReturnLeavesOtherModelsTheirThreads() {
        HeldTokenizer held = new HeldTokenizer();
        Client client = serve(
                ServerOptions.DEFAULT,
                model("held", held, Optional.empty()),
                model("free", new TokenNames(), Optional.empty()));
        List<CompletableFuture<Reply>> waiting = IntStream.range(0, 40)
                .mapToObj(index -> client.postAsync(COMPLETIONS, prompt("held", "1 2")))
                .toList();
        try {
            Wait.until("the tokenizer holds a thread", () -> held.encoded.get() > 0);

            ask(client, "free", 5, "1 2 3")
                    .forEach(reply -> assertThat(reply.join().status()).isEqualTo(200));
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
        } finally {
            held.free();
        }
        waiting.forEach(reply -> assertThat(reply.join().status()).isEqualTo(200));
    }

    @Test
    void whereTooMuchIsBeingReadTheRestIsSentAway() {
        HeldTokenizer held = new HeldTokenizer();
        Client client = serve(
                ServerOptions.DEFAULT.withBody(1600, Duration.ofSeconds(30)), model("held", held, Optional.empty()));
        String prompt = prompt("held", "1 2");
        // 1,500 bytes, where there is room for eight bodies of 1,600.
        String body = prompt + " ".repeat(1500 - prompt.length());
        List<CompletableFuture<Reply>> asked = IntStream.range(0, 20)
                .mapToObj(index -> client.postAsync(COMPLETIONS, body))
                .toList();
        try {
            Wait.until("the rest is sent away", () -> done(asked).size() == 12);
            assertThat(done(asked)).allSatisfy(reply -> {
                assertThat(reply.status()).isEqualTo(429);
                assertThat(reply.header("Retry-After")).isEqualTo("1");
                assertThat(reply.json().at("/error/code").asText()).isEqualTo("overloaded");
            });
        } finally {
            held.free();
        }
        assertThat(asked.stream().filter(reply -> reply.join().status() == 200)).hasSize(8);
        assertThat(client.post(COMPLETIONS, body).status()).isEqualTo(200);
    }

    private static List<Reply> done(List<CompletableFuture<Reply>> asked) {
        return asked.stream()
                .filter(CompletableFuture::isDone)
                .map(CompletableFuture::join)
                .toList();
    }

    private static List<CompletableFuture<Reply>> ask(Client client, int times, String text) {
        return ask(client, "one", times, text);
    }

    private static List<CompletableFuture<Reply>> ask(Client client, String model, int times, String text) {
        return IntStream.range(0, times)
                .mapToObj(index -> client.postAsync(COMPLETIONS, prompt(model, text)))
                .toList();
    }

    private static String prompt(String model, String text) {
        return "{\"model\":\"" + model + "\",\"prompt\":\"" + text + "\",\"max_tokens\":4}";
    }

    private static String chat(String text) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}],\"max_tokens\":4}";
    }

    private static String refused(Reply reply) {
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().at("/error/code").asText()).isEqualTo("context_length_exceeded");
        return reply.error();
    }
}
