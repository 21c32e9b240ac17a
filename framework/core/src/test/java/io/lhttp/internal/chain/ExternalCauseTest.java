package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.RefusedException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertificateExpiredException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExternalCauseTest {
  static Stream<Throwable> outside() {
    return Stream.of(
        new RefusedException(503, "the broker is out of reach"),
        new ConnectException("Connection refused"),
        new SocketTimeoutException("Read timed out"),
        new SSLHandshakeException("PKIX path validation failed"),
        new IOException("unexpected end of stream"),
        new UnresolvedAddressException(),
        new SQLTransientConnectionException("no connection within 30 s"),
        new SQLTimeoutException("cancelled"),
        new SQLRecoverableException("the connection is closed"),
        new UncheckedIOException(new SSLHandshakeException("certificate expired")),
        new CompletionException(new RuntimeException(new SQLRecoverableException("closed"))));
  }

  static Stream<Throwable> inside() {
    return Stream.of(
        new NullPointerException(),
        new IllegalStateException("no user"),
        new NoSuchFileException("/app/words.txt"),
        new FileNotFoundException("words.txt"),
        new ZipException("no jar"),
        new SQLSyntaxErrorException("no table USERS"),
        new CertificateExpiredException(),
        new UncheckedIOException(new NoSuchFileException("/app/words.txt")),
        new StackOverflowError());
  }

  @ParameterizedTest
  @MethodSource("outside")
  void failureOfNetworkOrDatabase_isExternal(Throwable thrown) {
    assertThat(ExternalCause.of(thrown)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("inside")
  void failureOfCode_isNotExternal(Throwable thrown) {
    assertThat(ExternalCause.of(thrown)).isFalse();
  }
}
