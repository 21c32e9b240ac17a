package io.lhttp.app.cli.client;

import io.lhttp.client.LhttpClient;
import io.lhttp.client.LhttpPublisher;
import picocli.CommandLine.Option;

/** The option {@code --token} of the commands that talk to a server. */
final class TokenOption {
  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "Sent as Authorization: Bearer. Default: the variable LHTTP_TOKEN.",
      defaultValue = "${env:LHTTP_TOKEN:-}")
  private String token = "";

  /**
   * Adds the token, if the user gave one, to the builder of a client.
   *
   * @throws IllegalArgumentException if the token has characters that no header may contain
   */
  LhttpClient.Builder of(LhttpClient.Builder client) {
    return token.isEmpty() ? client : client.token(token);
  }

  /** Adds the token, if the user gave one, to the builder of a publisher. */
  LhttpPublisher.Builder of(LhttpPublisher.Builder publisher) {
    return token.isEmpty() ? publisher : publisher.token(token);
  }
}
