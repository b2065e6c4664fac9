package dev.dllm4j.server.testing;

import dev.dllm4j.server.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A request over a socket of its own, whose answer is read as far as a test wants. */
public final class RawStream implements AutoCloseable {
    private final Socket socket = new Socket();

    /** @param receiveBytes of what the system takes in for a reader that does not read; 0 for its own choice */
    public RawStream(Server server, String path, String body, int receiveBytes) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + content.length + "\r\n\r\n";
        try {
            if (receiveBytes > 0) {
                socket.setReceiveBufferSize(receiveBytes);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads until the word has come; fails where the answer ends before. */
    public String readUntil(String word) {
        StringBuilder read = new StringBuilder();
        try {
            while (read.indexOf(word, Math.max(0, read.length() - word.length())) < 0) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    throw new AssertionError("the end instead of " + word + " after: " + read);
                }
                read.append((char) next);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
