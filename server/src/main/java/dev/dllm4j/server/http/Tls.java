package dev.dllm4j.server.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the server shows of itself over TLS, as PEM files, which are read at the start.
 *
 * @param certificate the chain, the server's own first
 * @param key its private key, not encrypted
 */
public record Tls(Path certificate, Path key) {
    /** @throws IllegalArgumentException if a file is not what it should be, or the key is of another certificate */
    public Tls {
        X509Certificate own = own(certificate);
        if (!pair(own.getPublicKey(), PemKey.read(key, own.getPublicKey()))) {
            throw new IllegalArgumentException(
                    "the TLS key is " + key + ", which is not that of the first certificate in " + certificate
                            + "; name the key that the certificate was made for");
        }
    }

    /** What clients will object to, at a point in time; absent if nothing. */
    public Optional<String> complaint(Instant now) {
        X509Certificate own = own(certificate);
        if (now.isAfter(own.getNotAfter().toInstant())) {
            return Optional.of("the TLS certificate " + certificate + " expired on "
                    + own.getNotAfter().toInstant() + "; renew it, clients refuse it");
        }
        if (now.isBefore(own.getNotBefore().toInstant())) {
            return Optional.of("the TLS certificate " + certificate + " is not valid before "
                    + own.getNotBefore().toInstant() + "; clients refuse it until then");
        }
        return Optional.empty();
    }

    void apply(HttpServerOptions options) {
        PublicKey known = own(certificate).getPublicKey();
        options.setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertValue(Buffer.buffer(ConfigFile.read("TLS certificate", certificate)))
                        .setKeyValue(Buffer.buffer(PemKey.pem(PemKey.read(key, known)))));
    }

    private static X509Certificate own(Path file) {
        byte[] content = ConfigFile.read("TLS certificate", file);
        try {
            Collection<? extends Certificate> chain =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(content));
            if (!chain.isEmpty() && chain.iterator().next() instanceof X509Certificate own) {
                return own;
            }
        } catch (CertificateException e) {
            throw notCertificate(file, e);
        }
        throw notCertificate(file, null);
    }

    private static IllegalArgumentException notCertificate(Path file, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "the TLS certificate is " + file + ", which has no whole -----BEGIN CERTIFICATE-----; name a PEM file",
                cause);
    }

    /** Whether what one signs the other confirms. */
    private static boolean pair(PublicKey known, PrivateKey secret) {
        String algorithm = switch (known.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> known.getAlgorithm();
        };
        try {
            byte[] message = "dllm4j".getBytes(StandardCharsets.US_ASCII);
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(secret);
            signing.update(message);
            byte[] signature = signing.sign();
            Signature verifying = Signature.getInstance(algorithm);
            verifying.initVerify(known);
            verifying.update(message);
            return verifying.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
