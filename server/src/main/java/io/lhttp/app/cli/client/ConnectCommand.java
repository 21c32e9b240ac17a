package io.lhttp.app.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.cli.Output;
import io.lhttp.app.config.Shapes;
import io.lhttp.app.run.Failure;
import io.lhttp.app.run.SlowSteps;
import io.lhttp.client.LhttpClient;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "connect",
    description = {
      "Talk to a server: each typed line is sent as a message, and each message that arrives is printed.",
      "With --subscribe, --send or --publish it does that alone, and exits with 1 if the server"
          + " refuses or nothing arrives in time."
    },
    footer = {"", "What can be typed:", TypedLine.HELP})
public final class ConnectCommand implements Callable<Integer> {
  private final Output output;

  @Parameters(
      paramLabel = "URL",
      description = {
        "The server: ws://HOST, wss://HOST, http://HOST, https://HOST, or localhost:8081.",
        "A bare host gets TLS if its name has a dot, as chat.example.com has."
      })
  private String server = "";

  @Option(
      names = "--subscribe",
      paramLabel = "CHANNEL",
      description = "Print what is published there; may stand several times.")
  private List<String> subscribe = new ArrayList<>();

  @Option(
      names = "--send",
      paramLabel = "MESSAGE",
      description = "Send 'COMMAND BODY' and print the answer; may stand several times.")
  private List<String> send = new ArrayList<>();

  @Option(
      names = "--publish",
      paramLabel = "CHANNEL",
      description = "Publish the messages of --send there instead.")
  private @Nullable String publish;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "With --subscribe: end after so many messages.")
  private @Nullable Integer count;

  @Option(
      names = "--stay",
      paramLabel = "TIME",
      converter = Time.class,
      description = "With --subscribe: end after this time; exit 1 where --count is not reached.")
  private @Nullable Duration stay;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = Time.class,
      defaultValue = "10s",
      description =
          "How long the connection and each answer may take: 10s, 500ms, 2m. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      converter = Time.class,
      defaultValue = "1s",
      description =
          "When the input of a pipe has ended: stay until nothing has come for this long. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration quiet = Duration.ZERO;

  @Option(names = "--body", description = "Print nothing but the bodies, as they came.")
  private boolean bodies;

  @Mixin private TokenOption token = new TokenOption();

  @Mixin private HandshakeHeaders headers = new HandshakeHeaders();

  @Mixin private TlsOptions tls = new TlsOptions();

  public ConnectCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    if (publish != null && send.isEmpty()) {
      throw new Failure("--publish needs a message: --send 'COMMAND BODY'");
    }
    var err = output.err();
    var address = ServerAddress.of(server).webSocket();
    var conversation = new Conversation(new Printer(output.out(), bodies), err);
    try (var client = connect(address, conversation)) {
      conversation.awaitOpen(client, address, timeout);
      if (!send.isEmpty() || !subscribe.isEmpty()) {
        script(client, conversation);
        return 0;
      }
      var terminal = SlowSteps.isTerminal();
      if (terminal) {
        err.println("connected to " + address + "; COMMAND BODY sends a message, /help tells more");
      }
      var input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      conversation.converse(client, input, terminal ? Duration.ZERO : quiet);
      return 0;
    } catch (IllegalArgumentException e) {
      throw new Failure(String.valueOf(e.getMessage()), e);
    }
  }

  private LhttpClient connect(URI address, Conversation conversation) throws Failure {
    var builder =
        LhttpClient.builder(address)
            .http(tls.settings())
            .reconnect(false)
            .requestTimeout(timeout)
            .connectTimeout(timeout.plusSeconds(5)) // the wait for it ends before
            .maxMessageBytes(Integer.MAX_VALUE) // the server decides about the length
            .listener(conversation);
    headers.addTo(builder);
    return token.of(builder).connect();
  }

  private void script(LhttpClient client, Conversation conversation) throws Exception {
    for (var channel : subscribe) {
      conversation.subscribe(client, channel, timeout);
    }
    for (var text : send) {
      var message = TypedLine.message(text);
      if (publish == null) {
        conversation.ask(client, message, timeout);
      } else {
        Conversation.await(client.publish(publish, message), timeout);
      }
    }
    if (!subscribe.isEmpty()) {
      conversation.awaitMessages(Optional.ofNullable(count), Optional.ofNullable(stay));
    }
  }

  /** Converts a duration such as {@code 10s}. */
  static final class Time implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return Shapes.duration(text);
      } catch (IllegalArgumentException | ArithmeticException _) {
        throw new TypeConversionException(
            "expected a duration such as 10s, 500ms or 2m, not '" + text + "'");
      }
    }
  }
}
