package dev.dllm4j.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dllm4j.eval.ServerConnection.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Any server that speaks OpenAI's protocol, asked the same questions and scored by the same rules. A question that it
 * refuses or fails on is recorded as failed; where it cannot be reached, is overloaded, or does not know the path, the
 * model or the key, the evaluation ends, and can be resumed.
 */
public final class ServerAnswerer implements Answerer {
    private static final Set<Integer> WRONG_SERVER = Set.of(401, 403, 404, 405);

    private final URI server;
    private final String model;
    private final boolean chat;
    private final int maxTokens;
    private final int atOnce;
    private final ServerConnection connection;

    /**
     * @param server e.g. {@code http://localhost:8080}, what stands before {@code /v1}
     * @param model as the server calls it
     * @param key of its interface; absent where it asks for none. No result and no message shows it
     * @param chat whether questions go through its chat template, as one message
     * @param maxTokens of an answer, at most
     * @param atOnce requests under way at a time
     */
    public ServerAnswerer(URI server, String model, Optional<String> key, boolean chat, int maxTokens, int atOnce) {
        this(server, model, key, chat, maxTokens, atOnce, ServerConnection.Terms.DEFAULT);
    }

    ServerAnswerer(
            URI server,
            String model,
            Optional<String> key,
            boolean chat,
            int maxTokens,
            int atOnce,
            ServerConnection.Terms terms) {
        if (atOnce < 1) {
            throw new IllegalArgumentException("batch is " + atOnce + "; it must be at least 1");
        }
        this.connection = new ServerConnection(server, key, terms);
        this.server = server;
        this.model = model;
        this.chat = chat;
        this.maxTokens = maxTokens;
        this.atOnce = atOnce;
    }

    @Override
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("settings")
                .put("server", server.toString())
                .put("model", model)
                .put("strategy", "(the server's)")
                .put("cache", "(the server's)")
                .put("gen_length", maxTokens)
                .put("temperature", 0);
        json.put("batch", atOnce);
        return json;
    }

    @Override
    public void ask(List<Exam.Asked> questions, Consumer<ObjectNode> lines) {
        ExecutorService threads = Executors.newFixedThreadPool(atOnce);
        try {
            CompletionService<ObjectNode> answers = new ExecutorCompletionService<>(threads);
            AtomicReference<RuntimeException> ended = new AtomicReference<>();
            questions.forEach(question -> answers.submit(() -> line(question, ended)));
            for (int answered = 0; answered < questions.size(); answered++) {
                lines.accept(answers.take().get());
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted; go on with --resume", e));
        } finally {
            threads.shutdownNow();
        }
    }

    /** Asks nothing more once a question has ended the run, of which the thread that waits for answers learns later. */
    private ObjectNode line(Exam.Asked asked, AtomicReference<RuntimeException> ended) throws InterruptedException {
        RuntimeException failure = ended.get();
        if (failure != null) {
            throw failure;
        }
        try {
            return line(asked);
        } catch (RuntimeException e) {
            ended.compareAndSet(null, e);
            throw e;
        }
    }

    private ObjectNode line(Exam.Asked asked) throws InterruptedException {
        Reply reply = connection.post(
                chat ? "/v1/chat/completions" : "/v1/completions", body(asked).toString());
        ServerAnswer answer = ServerAnswer.of(reply, chat);
        if (WRONG_SERVER.contains(reply.status())) {
            throw connection.failure(answer.said() + "; " + remedy(reply.status()));
        }
        if (answer.answers()) {
            return scored(asked, answer);
        }
        return answer.exceedsContext()
                ? Item.outOfContext(asked.question(), Optional.of("the server " + answer.said()))
                : Item.failed(asked.question(), "the server " + answer.said());
    }

    private static ObjectNode scored(Exam.Asked asked, ServerAnswer answer) {
        return answer.text()
                .map(text -> Item.answered(asked.task(), asked.question(), text, 0, answer.usage()))
                .orElseGet(() -> Item.empty(asked.task(), asked.question(), answer.ending(), answer.usage()));
    }

    private static String remedy(int status) {
        return status == 401 || status == 403
                ? "name the environment variable that holds its key with --api-key-env"
                : "check its address and model";
    }

    private ObjectNode body(Exam.Asked asked) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model).put("max_tokens", maxTokens).put("temperature", 0);
        if (chat) {
            body.putArray("messages").addObject().put("role", "user").put("content", asked.text());
        } else {
            body.put("prompt", asked.text());
        }
        if (!asked.task().stops().isEmpty()) {
            asked.task().stops().forEach(body.putArray("stop")::add);
        }
        return body;
    }
}
