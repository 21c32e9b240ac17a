package io.lhttp.app.cli.client;

import io.lhttp.app.cli.Output;
import io.lhttp.app.run.Failure;
import io.lhttp.app.run.SlowSteps;
import io.lhttp.client.LhttpPublisher;
import io.lhttp.client.RequestRefusedException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "publish", description = "Publish a message to a channel, over HTTP.")
public final class PublishCommand implements Callable<Integer> {
  private final Output output;

  @Parameters(paramLabel = "CHANNEL", description = "Who is subscribed to it gets the message.")
  private String channel = "";

  @Parameters(paramLabel = "BODY", description = "The message's body.")
  private String body = "";

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The server, as for connect. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://localhost:8081")
  private String server = "";

  @Option(
      names = "--command",
      paramLabel = "NAME",
      description = "The message's command. Default: ${DEFAULT-VALUE}",
      defaultValue = "publish")
  private String command = "";

  @Option(
      names = "--header",
      paramLabel = "NAME:VALUE",
      description = "A header of the message; may stand several times.")
  private List<String> headers = new ArrayList<>();

  @Mixin private TokenOption token = new TokenOption();

  @Mixin private TlsOptions tls = new TlsOptions();

  public PublishCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    var address = address();
    try (var steps = SlowSteps.atTerminal(output.err());
        var publisher = token.of(LhttpPublisher.builder(address).http(tls.settings())).build()) {
      steps.begin("publishing to " + address);
      var channels = publisher.publish(List.of(channel), command, named(), body);
      output.out().printf("published to %d channel%s%n", channels, channels == 1 ? "" : "s");
      return 0;
    } catch (RequestRefusedException | IllegalArgumentException e) {
      throw new Failure(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new Failure("can't publish to " + address + ": " + NetworkFailure.reason(e), e);
    }
  }

  private Map<String, String> named() throws Failure {
    var named = new LinkedHashMap<String, String>();
    for (var header : headers) {
      var colon = header.indexOf(':');
      if (colon < 1) {
        throw new Failure("--header " + header + ": expected NAME:VALUE");
      }
      named.put(header.substring(0, colon), header.substring(colon + 1));
    }
    return named;
  }

  /**
   * Returns the URL to send to: the URL of the option, with the path {@code /publish} if it has no
   * path.
   */
  private URI address() throws Failure {
    var address = ServerAddress.of(server).http();
    var path = address.getPath();
    return path == null || path.isEmpty() || path.equals("/")
        ? address.resolve("/publish")
        : address;
  }
}
