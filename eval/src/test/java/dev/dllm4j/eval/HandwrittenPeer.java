package dev.dllm4j.eval;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A server as small as one can be, in the manner of uvicorn on httptools: a request that offers another protocol loses its
 * body, and is refused. One request at a time.
 */
final class HandwrittenPeer implements AutoCloseable {
    private final ServerSocket socket;
    private final Function<Request, Reply> replies;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Thread thread;

    /** What was asked; headers by their names in small letters, {@code number} from 1. */
    record Request(int number, String line, Map<String, String> headers, String body) {}

    /** @param headers whole lines */
    record Reply(int status, List<String> headers, String body) {
        static Reply ok(String body) {
            return new Reply(200, List.of(), body);
        }
    }

    HandwrittenPeer(Function<Request, Reply> replies) throws IOException {
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.replies = replies;
        this.thread = new Thread(this::serve, "peer");
        thread.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                answer(connection);
            } catch (IOException e) {
                // The other side is gone, or this one is closed.
            }
        }
    }

    private void answer(Socket connection) throws IOException {
        InputStream in = new BufferedInputStream(connection.getInputStream());
        String line = line(in);
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), UTF_8);
        Request request = new Request(requests.size() + 1, line, headers, headers.containsKey("upgrade") ? "" : body);
        requests.add(request);
        Reply reply = request.body().isEmpty()
                ? new Reply(400, List.of(), "{\"object\":\"error\",\"message\":\"Field required\",\"code\":400}")
                : replies.apply(request);
        List<String> lines = new ArrayList<>(List.of("HTTP/1.1 " + reply.status() + " x", "connection: close"));
        lines.addAll(reply.headers());
        lines.add("content-length: " + reply.body().getBytes(UTF_8).length);
        connection.getOutputStream().write((String.join("\r\n", lines) + "\r\n\r\n" + reply.body()).getBytes(UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int letter = in.read(); letter != '\n'; letter = in.read()) {
            if (letter < 0) {
                throw new IOException("the request ends early");
            }
            line.append((char) letter);
        }
        return line.toString().strip();
    }

    @Override
    public void close() {
        try {
            socket.close();
            thread.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
