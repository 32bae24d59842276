package dev.percept.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/** Reads {@link TlsFiles} for Jetty, and tries that key and certificate belong together. */
final class Tls {
    private static final Pattern PRIVATE_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /** Each with the algorithm by which it signs. */
    private static final String[][] ALGORITHMS = {
        {"RSA", "SHA256withRSA"},
        {"EC", "SHA256withECDSA"},
        {"EdDSA", "EdDSA"}
    };

    private Tls() {}

    /**
     * TLS 1.2 and 1.3 with these files.
     *
     * @throws IllegalArgumentException if one can't be read or is no such file, or they don't belong together
     */
    static SslContextFactory.Server contextFactory(TlsFiles files) {
        Certificate[] chain = chain(files.certificate());
        PrivateKey key = key(files.key(), chain[0].getPublicKey(), files.certificate());
        SslContextFactory.Server factory = new SslContextFactory.Server();
        factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        try {
            // Held in memory only; the password guards nothing.
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("percept", key, new char[0], chain);
            factory.setKeyStore(store);
            factory.setKeyStorePassword("");
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "TLS can't be had with " + files.certificate() + ": " + e.getMessage(), e);
        }
    }

    private static Certificate[] chain(Path file) {
        try {
            Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(read(file)))
                    .toArray(Certificate[]::new);
            if (chain.length > 0) {
                return chain;
            }
        } catch (GeneralSecurityException e) {
            throw noCertificate(file, e);
        }
        throw noCertificate(file, null);
    }

    private static IllegalArgumentException noCertificate(Path file, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                file + " has no certificate; --tls-certificate takes a PEM file (BEGIN CERTIFICATE)", cause);
    }

    private static PrivateKey key(Path file, PublicKey certified, Path certificate) {
        Matcher pem = PRIVATE_KEY.matcher(new String(read(file), StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw noKey(file);
        }
        byte[] encoded;
        try {
            encoded = Base64.getMimeDecoder().decode(pem.group(1));
        } catch (IllegalArgumentException e) {
            throw noKey(file);
        }
        for (String[] algorithm : ALGORITHMS) {
            try {
                PrivateKey key = KeyFactory.getInstance(algorithm[0]).generatePrivate(new PKCS8EncodedKeySpec(encoded));
                if (!fits(key, certified, algorithm[1])) {
                    throw new IllegalArgumentException("the key in " + file + " is not that of the certificate in "
                            + certificate + "; give two that were made together");
                }
                return key;
            } catch (GeneralSecurityException e) {
                // A key of another algorithm; if of none, that is said below.
            }
        }
        throw noKey(file);
    }

    private static boolean fits(PrivateKey key, PublicKey certified, String algorithm) throws GeneralSecurityException {
        if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
            return false;
        }
        byte[] text = "percept".getBytes(StandardCharsets.US_ASCII);
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(certified);
        signature.update(text);
        return signature.verify(signed);
    }

    private static IllegalArgumentException noKey(Path file) {
        return new IllegalArgumentException(
                file + " has no RSA, EC or EdDSA key that can be read; --tls-key takes PKCS #8 without a"
                        + " password (BEGIN PRIVATE KEY), which openssl pkcs8 -topk8 -nodes writes");
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file + " can't be read (" + e.getClass().getSimpleName() + "); check that it is there and readable",
                    e);
        }
    }
}
