package dev.dllm4j.server.testing;

import dev.dllm4j.server.Server;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A connection of its own with nothing of a client's between it and the test, whose answers are read as far as a test
 * wants.
 */
public final class RawConnection implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)\r\n");

    private final Socket socket = new Socket();
    private final InputStream input;

    /** @param receiveBytes of what the system takes in for a reader that does not read; 0 for its own choice */
    public RawConnection(Server server, int receiveBytes) {
        try {
            if (receiveBytes > 0) {
                socket.setReceiveBufferSize(receiveBytes);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            socket.setSoTimeout(60_000);
            socket.setTcpNoDelay(true);
            input = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a request, and reads nothing yet. */
    public RawConnection post(String path, String body) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head =
                "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                        + content.length + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(content);
        try {
            socket.getOutputStream().write(request.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Sends what the test wants, and reads nothing yet. */
    public RawConnection send(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** All that comes until the server closes. */
    public String readToEnd() {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            input.transferTo(read);
        } catch (SocketException e) {
            // Reset: the server had enough. What came before it counts.
            return read.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read.toString(StandardCharsets.UTF_8);
    }

    /** Reads until the word has come; fails where the answer ends before. */
    public String readUntil(String word) {
        StringBuilder read = new StringBuilder();
        try {
            while (read.indexOf(word, Math.max(0, read.length() - word.length())) < 0) {
                int next = input.read();
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

    /** Reads one answer of known length to its end, so that another request may be sent; gives its body. */
    public String readAnswer() {
        String head = readUntil("\r\n\r\n");
        Matcher length = LENGTH.matcher(head);
        if (!length.find()) {
            throw new AssertionError("no length in " + head);
        }
        int bytes = Integer.parseInt(length.group(1));
        try {
            byte[] body = input.readNBytes(bytes);
            if (body.length < bytes) {
                throw new EOFException("the answer broke off behind " + body.length + " of " + bytes + " bytes");
            }
            return new String(body, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
