#!/usr/bin/env bash
# Told to come again in 130 seconds, OpenAI's own clients do three different things, and one of them comes at once. A 429
# with Retry-After: 130 makes openai-python 3.57.0 give up without a second try (its limit is 120 s), openai 7.57.0 for
# JavaScript forget what it was told and come again after half a second (its limit is 60 s), and openai-java 4.101.0
# come again after 8 seconds (it shortens whatever is longer). A Retry-After within all limits, 2, is obeyed by all three.
# Seen, in seconds before the second try: "python: 2.0 none of 1", "javascript: 2.1 0.5", "java: 2.1 8.1"; JavaScript's half
# second is shortened at random, by a quarter at most.
# Needs a JDK 17 or newer, Maven, Node.js, Python 3, their registries. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
server=
python3 -m venv "$work/python"
"$work/python/bin/pip" install -q openai==3.57.0
npm install --silent --no-audit --no-fund --prefix "$work" openai@7.57.0
cat >"$work/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.openai</groupId><artifactId>openai-java</artifactId><version>4.101.0</version>
  </dependency></dependencies>
</project>
XML
mvn -B -q -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/lib"

# Answers a POST to /CLIENT/SECONDS/... with 429 and Retry-After: SECONDS; a GET of /CLIENT/SECONDS with the time between
# the first two of them.
cat >"$work/server.py" <<'PYTHON'
import http.server
import json
import sys
import time

times = {}


class Busy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def key(self):
        return tuple(self.path.split("/")[1:3])

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        tried = times.get(self.key(), [])
        self.answer(200, (f"{tried[1] - tried[0]:.1f}" if len(tried) > 1 else f"none of {len(tried)}").encode())

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        times.setdefault(self.key(), []).append(time.monotonic())
        error = {"message": "busy", "type": "rate_limit_error", "param": None, "code": "busy"}
        self.answer(429, json.dumps({"error": error}).encode(), Retry_After=self.key()[1])


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import sys
from openai import OpenAI, RateLimitError

try:
    OpenAI(base_url=sys.argv[1], api_key="any", max_retries=1).chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hi"}]
    )
except RateLimitError:
    pass
PYTHON
cat >"$work/ask.cjs" <<'JAVASCRIPT'
const { OpenAI, RateLimitError } = require("openai");
new OpenAI({ baseURL: process.argv[2], apiKey: "any", maxRetries: 1 }).chat.completions
  .create({ model: "m", messages: [{ role: "user", content: "Hi" }] })
  .catch(error => { if (!(error instanceof RateLimitError)) { throw error; } });
JAVASCRIPT
cat >"$work/Ask.java" <<'JAVA'
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;

public class Ask {
    public static void main(String[] arguments) {
        OpenAIClient client = OpenAIOkHttpClient.builder().baseUrl(arguments[0]).apiKey("any").maxRetries(1).build();
        try {
            client.chat().completions().create(ChatCompletionCreateParams.builder().model("m").addUserMessage("Hi").build());
        } catch (RateLimitException e) {
            // Expected.
        }
        System.exit(0);
    }
}
JAVA
python3 "$work/server.py" >"$work/port" &
server=$!
until [ -s "$work/port" ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/port")
for wait in 2 130; do
    "$work/python/bin/python" "$work/ask.py" "$url/python/$wait"
    NODE_PATH=$work/node_modules node "$work/ask.cjs" "$url/javascript/$wait"
    java -cp "$work/lib/*" "$work/Ask.java" "$url/java/$wait" 2>"$work/log" || { cat "$work/log"; exit 1; }
done
seen=
for client in python javascript java; do
    seen="$seen$client: $(curl -s "$url/$client/2") $(curl -s "$url/$client/130")"$'\n'
done
printf %s "$seen"
pattern='^python: 2\.[0-3] none of 1
javascript: 2\.[0-3] 0\.[3-7]
java: 2\.[0-3] 8\.[0-3]
$'
if ! [[ $seen =~ $pattern ]]; then
    echo "another behaviour than described"
    exit 1
fi
