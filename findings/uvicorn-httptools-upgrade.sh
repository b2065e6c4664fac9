#!/usr/bin/env bash
# uvicorn 0.54.0 on httptools 0.9.0 (what vLLM, SGLang and most of OpenAI's protocol's servers run on) loses the body of a
# request that offers HTTP/2 in the clear, as Java's HttpClient does by default: httptools stops at the Upgrade header, and
# the application reads a body of no bytes. On h11, the other parser, the body arrives. So a Java client that posts to such
# a server by HttpClient's defaults gets 400 (or 422) for every request; HTTP/1.1 has to be asked for.
# Seen: "httptools: 0 bytes, HTTP/1.1 asked for: 13 bytes; h11: 13 bytes".
# Needs a JDK 17 or newer, Python 3 with venv, and PyPI. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install uvicorn==0.54.0 httptools==0.9.0 h11==0.16.0

cat >"$work/app.py" <<'PYTHON'
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})
PYTHON

cat >"$work/Post.java" <<'JAVA'
import java.net.URI;
import java.net.http.*;
public class Post {
    public static void main(String[] arguments) throws Exception {
        HttpClient.Builder client = HttpClient.newBuilder();
        if (arguments.length > 1) {
            client.version(HttpClient.Version.HTTP_1_1);
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"m\"}"))
                .build();
        System.out.println(client.build().send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
}
JAVA

# $1 parser, $2 port; further arguments ask for HTTP/1.1
bytes() {
    (cd "$work" && exec venv/bin/uvicorn app:app --http "$1" --lifespan off --port "$2" >"$work/log" 2>&1) &
    server=$!
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && break
        sleep 0.2
    done
    java "$work/Post.java" "http://127.0.0.1:$2/" "${@:3}" >"$work/bytes"
    kill "$server"
    wait "$server" || true
    server=
    cat "$work/bytes"
}

port=$((20000 + RANDOM % 10000))
bytes httptools "$port" >"$work/upgraded"
bytes httptools $((port + 1)) 1.1 >"$work/plain"
bytes h11 $((port + 2)) >"$work/other"
seen="httptools: $(cat "$work/upgraded") bytes, HTTP/1.1 asked for: $(cat "$work/plain") bytes; h11: $(cat "$work/other") bytes"
echo "$seen"
if [ "$seen" != "httptools: 0 bytes, HTTP/1.1 asked for: 13 bytes; h11: 13 bytes" ]; then
    echo "another behaviour than described"
    exit 1
fi
