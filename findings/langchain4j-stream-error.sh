#!/usr/bin/env bash
# LangChain4j 1.19.0 takes a failed stream for a whole answer. Where a server fails after the first tokens, OpenAI's clients for
# Python, JavaScript and Java look for an "error" in the data of any server-sent event and throw. LangChain4j's
# OpenAiStreamingChatModel passes such an event over: it calls onCompleteResponse with the text so far and finish reason
# null, and never onError. Only an event of the name "error" reaches onError; its data may be the same.
# Seen: "data: error        -> onCompleteResponse, text Hello wor, finish reason null"
#       "event: error, data -> onError, RuntimeException"
# Needs a JDK 17 or newer, Maven and Maven Central. Exits with 1 if the behaviour is another.
set -euo pipefail
version=1.19.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>dev.langchain4j</groupId><artifactId>langchain4j-open-ai</artifactId><version>$version</version>
  </dependency></dependencies>
</project>
XML
mvn -B -q -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/lib"

cat >"$work/Failing.java" <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

public class Failing {
    static String delta(String text) {
        return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
                + "[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"},\"finish_reason\":null}]}\n\n";
    }

    public static void main(String[] arguments) throws Exception {
        String error = "data: {\"error\":{\"message\":\"out of memory\",\"type\":\"server_error\",\"param\":null,"
                + "\"code\":\"internal_error\"}}\n\n";
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            boolean named = exchange.getRequestURI().getPath().startsWith("/named");
            String stream = delta("Hello") + delta(" wor") + (named ? "event: error\n" : "") + error;
            exchange.getResponseBody().write(stream.getBytes());
            exchange.close();
        });
        server.start();
        for (String path : new String[] {"nameless", "named"}) {
            CompletableFuture<String> outcome = new CompletableFuture<>();
            OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
                    .baseUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/" + path)
                    .apiKey("any")
                    .modelName("m")
                    .build();
            model.chat("Hi", new StreamingChatResponseHandler() {
                @Override
                public void onPartialResponse(String piece) {}

                @Override
                public void onCompleteResponse(ChatResponse whole) {
                    outcome.complete("onCompleteResponse, text " + whole.aiMessage().text() + ", finish reason "
                            + whole.finishReason());
                }

                @Override
                public void onError(Throwable error) {
                    outcome.complete("onError, " + error.getClass().getSimpleName());
                }
            });
            System.out.println((path.equals("named") ? "event: error, data -> " : "data: error        -> ")
                    + outcome.get(30, TimeUnit.SECONDS));
        }
        System.exit(0);
    }
}
JAVA
seen=$(java -cp "$work/lib/*" "$work/Failing.java" 2>"$work/log") || { cat "$work/log"; exit 1; }
echo "$seen"
expected='data: error        -> onCompleteResponse, text Hello wor, finish reason null
event: error, data -> onError, RuntimeException'
if [ "$seen" != "$expected" ]; then
    echo "another behaviour than described"
    exit 1
fi
