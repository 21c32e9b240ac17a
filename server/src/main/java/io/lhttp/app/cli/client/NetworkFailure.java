package io.lhttp.app.cli.client;

import io.lhttp.app.logging.Printable;
import io.lhttp.app.run.Failure;
import io.lhttp.internal.log.Loggable;
import java.io.EOFException;
import java.net.UnknownHostException;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** Describes, for the user of a command, why a server could not be reached. */
final class NetworkFailure {
  private static final int LINES = 20;
  private static final int WIDTH = 200;
  private static final int CAUSES = 16;

  private NetworkFailure() {}

  /** Returns the reason, with a remedy where there is one. */
  static String reason(Throwable thrown) {
    return Loggable.causes(thrown, CAUSES).stream()
        .flatMap(cause -> known(cause).stream())
        .findFirst()
        .orElseGet(() -> Failure.reason(thrown));
  }

  /**
   * Returns the answer of a server that refused a WebSocket: its status and body; empty if there
   * was none.
   */
  static Optional<String> answer(Throwable thrown) {
    for (var cause : Loggable.causes(thrown, CAUSES)) {
      if (cause instanceof WebSocketHandshakeException refused && refused.getResponse() != null) {
        return Optional.of(inWords(refused.getResponse()));
      }
    }
    return Optional.empty();
  }

  /** Returns the lines of a server's text, each indented on a new line; not more than some. */
  static String lines(String text) {
    var lines = text.lines().filter(line -> !line.isBlank()).toList();
    var shown =
        Stream.concat(
            lines.stream().limit(LINES).map(line -> Printable.of(line, WIDTH)),
            lines.size() > LINES
                ? Stream.of("… (%d more lines)".formatted(lines.size() - LINES))
                : Stream.of());
    return shown.map(line -> "\n  " + line).collect(Collectors.joining());
  }

  private static String inWords(HttpResponse<?> response) {
    var to = response.headers().firstValue("location").map(place -> ", to " + place).orElse("");
    var body = response.body() == null ? "" : response.body().toString();
    return "HTTP " + response.statusCode() + Printable.of(to, WIDTH) + lines(body);
  }

  private static Optional<String> known(Throwable cause) {
    var message = String.valueOf(cause.getMessage());
    return switch (cause) {
      case UnresolvedAddressException _, UnknownHostException _ -> Optional.of("no such host");
      case CertPathBuilderException _ ->
          Optional.of(
              "the server's certificate is not trusted; --ca FILE trusts its issuer, --insecure"
                  + " any");
      case CertPathValidatorException _ ->
          Optional.of(
              "the server's certificate is refused: " + message + "; --insecure trusts any");
      case CertificateException _ when message.startsWith("No ") ->
          Optional.of(
              "the server's certificate is for another host: "
                  + message
                  + "; --insecure trusts any");
      case SSLException _ when message.startsWith("Unsupported or unrecognized") ->
          Optional.of("the server does not speak TLS; ws:// or http:// connects without");
      case EOFException _ ->
          Optional.of(
              "the server closed the connection without an answer; if it speaks TLS, wss:// or"
                  + " https:// connects");
      default -> Optional.empty();
    };
  }
}
