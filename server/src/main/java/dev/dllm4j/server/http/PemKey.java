package dev.dllm4j.server.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a private key from a PEM file: PKCS#8, or the older forms of RSA and EC keys, which PKCS#8 wraps. */
final class PemKey {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END");
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    private PemKey() {}

    /**
     * A key.
     *
     * @param known its public half, which says of what kind it is
     * @throws IllegalArgumentException if the file holds something else
     */
    static PrivateKey read(Path file, PublicKey known) {
        Matcher pem = BLOCK.matcher(new String(ConfigFile.read("TLS key", file), StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw new IllegalArgumentException("the TLS key is " + file
                    + ", which has no unencrypted -----BEGIN PRIVATE KEY-----; name a PEM file with one");
        }
        try {
            byte[] content = Base64.getMimeDecoder().decode(pem.group(2));
            byte[] key = pem.group(1).isEmpty() ? content : wrapped(content, known);
            return KeyFactory.getInstance(known.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(key));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the TLS key is " + file + ", which is not a whole " + known.getAlgorithm()
                            + " key, as the certificate wants; name the key that the certificate was made for",
                    e);
        }
    }

    /** In PKCS#8, as a PEM file holds it. */
    static String pem(PrivateKey key) {
        return "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    /** In PKCS#8, as: version, algorithm, key. */
    private static byte[] wrapped(byte[] key, PublicKey known) {
        byte[] algorithm = firstOf(known.getEncoded());
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        parts.writeBytes(VERSION_0);
        parts.writeBytes(algorithm);
        parts.writeBytes(tagged(OCTETS, key));
        return tagged(SEQUENCE, parts.toByteArray());
    }

    /** The first element of a DER sequence, tag and length included. */
    private static byte[] firstOf(byte[] sequence) {
        int begin = contentAt(sequence, 0);
        int content = contentAt(sequence, begin);
        return Arrays.copyOfRange(sequence, begin, content + length(sequence, begin));
    }

    private static int contentAt(byte[] der, int element) {
        int first = der[element + 1] & 0xff;
        return element + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int length(byte[] der, int element) {
        int first = der[element + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int index = element + 2; index < contentAt(der, element); index++) {
            length = (length << 8) | (der[index] & 0xff);
        }
        return length;
    }

    /** An element of up to 64 KiB. Its length takes as few bytes as it can, as a reader of DER demands. */
    private static byte[] tagged(int tag, byte[] content) {
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        if (content.length > 0xff) {
            element.write(0x82);
            element.write(content.length >> 8);
        } else if (content.length > 0x7f) {
            element.write(0x81);
        }
        element.write(content.length & 0xff);
        element.writeBytes(content);
        return element.toByteArray();
    }
}
