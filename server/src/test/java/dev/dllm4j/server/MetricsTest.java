package dev.dllm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dllm4j.server.testing.Client;
import dev.dllm4j.server.testing.Client.Reply;
import dev.dllm4j.server.testing.TinyServer;
import dev.dllm4j.server.testing.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted, and by which names. */
class MetricsTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final List<String> ALWAYS_THERE = List.of(
            "dllm4j_connections",
            "dllm4j_active_sequences",
            "dllm4j_queued_sequences",
            "dllm4j_engine_up",
            "dllm4j_engine_failures_total",
            "dllm4j_inflight_rows",
            "dllm4j_forwards_total",
            "dllm4j_tokens_total",
            "dllm4j_tokens_per_forward_count",
            "dllm4j_rows_computed_total",
            "dllm4j_rows_saved_total",
            "dllm4j_prefix_rows_total",
            "dllm4j_prefix_refusals_total",
            "dllm4j_cache_bytes",
            "dllm4j_cache_budget_bytes",
            "dllm4j_cache_hits_total",
            "dllm4j_cache_misses_total",
            "dllm4j_cache_evictions_total",
            "dllm4j_cache_evicted_bytes_total",
            "dllm4j_cache_load_seconds_count",
            "dllm4j_cache_load_seconds_sum",
            "dllm4j_step_seconds_bucket",
            "jvm_memory_used_bytes",
            "jvm_threads_live_threads",
            "process_uptime_seconds");

    @TempDir
    private Path folder;

    @Test
    void everyNameIsThereAndDocumented() throws IOException {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            String scraped = tiny.client().get("/metrics").body();
            assertThat(ALWAYS_THERE)
                    .allMatch(name -> scraped.contains("\n" + name + "{") || scraped.contains("\n" + name + " "));
            assertThat(scraped.lines().filter(line -> line.startsWith("# HELP")))
                    .isNotEmpty()
                    .allMatch(line -> line.matches("# HELP \\w+ \\S.*"));
        }
        String docs = Files.readString(
                Path.of(System.getProperty("dllm4j.root", "..")).resolve("docs/serving.md"));
        assertThat(docs)
                .contains("`dllm4j_requests_total`", "`dllm4j_rejected_total`", "`dllm4j_cancelled_total`")
                .contains("`dllm4j_prefix_rows_total`", "`dllm4j_prefix_refusals_total`")
                .contains("`dllm4j_step_seconds`", "`dllm4j_cache_hits_total`", "`dllm4j_inflight_rows`");
    }

    @Test
    void anAnswersWorkIsCounted() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            Client client = tiny.client();
            Reply reply = client.post(
                    COMPLETIONS,
                    "{\"prompt\":[5,6,7],\"max_tokens\":16,\"decoding\":{\"cache\":\"dual\",\"block_length\":8,\"strategy\":\"topk(2)\"}}");
            int forwards =
                    reply.json().path("usage").path("work").path("forwards").asInt();
            int computed = reply.json()
                    .path("usage")
                    .path("work")
                    .path("rows_computed")
                    .asInt();
            int full = reply.json().path("usage").path("work").path("rows_full").asInt();

            assertThat(client.metric("dllm4j_forwards_total")).isEqualTo(forwards);
            assertThat(client.metric("dllm4j_rows_computed_total")).isEqualTo(computed);
            assertThat(client.metric("dllm4j_rows_saved_total")).isEqualTo(full - computed);
            assertThat(client.metric("dllm4j_tokens_total"))
                    .isEqualTo(reply.json().at("/usage/completion_tokens").asInt());
            assertThat(client.metric("dllm4j_cache_hits_total")).isEqualTo(forwards - 1);
            assertThat(client.metric("dllm4j_cache_bytes")).isZero();
            for (String part : List.of("model", "select", "rest")) {
                assertThat(client.metric("dllm4j_step_seconds_count", "part=\"" + part + "\""))
                        .isEqualTo(forwards);
            }
        }
    }

    @Test
    void requestsAreTimedByWhatCameOfThem() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            Client client = tiny.client();
            long begin = System.nanoTime();
            client.post(COMPLETIONS, "{\"prompt\":[5],\"max_tokens\":16}");
            client.post(COMPLETIONS, "{\"prompt\":[5],\"max_tokens\":16,\"stream\":true}");
            client.post(COMPLETIONS, "{\"prompt\":\"x\"}");
            client.post("/any/path/that/nobody/knows", "{}");

            String success = "endpoint=\"/v1/completions\",outcome=\"success\"";
            Wait.until("both are timed", () -> client.metric("dllm4j_request_seconds_count", success) == 2);
            double longest = (System.nanoTime() - begin) / 1e9;
            assertThat(client.metric("dllm4j_request_seconds_sum", success)).isBetween(1e-6, longest);
            assertThat(client.metric("dllm4j_request_seconds_count", COMPLETIONS, "client_error"))
                    .isEqualTo(1);
            assertThat(client.metric("dllm4j_request_seconds_count", "endpoint=\"other\"", "client_error"))
                    .isEqualTo(1);
            assertThat(client.metric("nobody")).isZero();
            assertThat(client.metric("dllm4j_first_text_seconds_count{model=\"tiny\"}"))
                    .isEqualTo(1);
            assertThat(client.metric("dllm4j_first_text_seconds_sum")).isBetween(1e-6, longest);
        }
    }

    @Test
    void rowsThatWereTakenAreCounted() {
        try (TinyServer tiny = new TinyServer(folder, ServerOptions.DEFAULT)) {
            Client client = tiny.client();
            var going = client.postAsync(
                    COMPLETIONS,
                    "{\"prompt\":[5,6,7],\"max_tokens\":200,\"decoding\":{\"cache\":\"dual\",\"block_length\":8,\"stop\":\"full\",\"strategy\":\"topk(1)\"}}");
            while (!going.isDone()) {
                tiny.decoder().cache().evictAll();
            }

            assertThat(going.join().status()).isEqualTo(200);
            assertThat(client.metric("dllm4j_cache_evictions_total")).isPositive();
            assertThat(client.metric("dllm4j_cache_evicted_bytes_total")).isPositive();
            assertThat(client.metric("dllm4j_cache_misses_total")).isPositive();
            assertThat(client.metric("dllm4j_cache_load_seconds_count")).isPositive();
            assertThat(client.metric("dllm4j_cache_load_seconds_sum")).isPositive();
        }
    }
}
