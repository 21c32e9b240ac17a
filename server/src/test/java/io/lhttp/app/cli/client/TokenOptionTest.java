package io.lhttp.app.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.app.Main;
import io.lhttp.app.cli.Output;
import io.lhttp.server.LhttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenOptionTest {
  private static final String CONNECT = "connect ws://127.0.0.1:PORT/ --send x --timeout 60s";
  private static final String PUBLISH =
      "publish a b --command x --url http://127.0.0.1:PORT/publish";

  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @ValueSource(strings = {CONNECT, PUBLISH})
  void token_ofEitherCommand_reachesServer(String command) throws Exception {
    var shown = new ConcurrentLinkedQueue<String>();
    try (var server =
        LhttpServer.builder()
            .port(0)
            .filter("recorder", new Recorder(shown))
            .processor("x", exchange -> exchange.send("done"))
            .start()) {
      assertThat(run(server, command)).as(err.toString()).isZero();
      assertThat(run(server, command, "--token", "abc")).as(err.toString()).isZero();
      assertThat(run(server, command, "--token", "a c")).isEqualTo(1);
    }
    assertThat(shown).containsExactly("none", "Bearer abc");
    assertThat(err.toString())
        .isEqualTo("lhttp: a token is visible ASCII without spaces, this is not\n");
  }

  private int run(LhttpServer server, String command, String... options) {
    var words = command.replace("PORT", Integer.toString(server.port())).split(" ");
    var output = new Output(new PrintWriter(new StringWriter()), new PrintWriter(err, true));
    return Main.run(
        output, Stream.concat(Stream.of(words), Stream.of(options)).toArray(String[]::new));
  }

  private record Recorder(Collection<String> shown) implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      shown.add(exchange.connection().handshake().header("authorization").orElse("none"));
      return chain.proceed(exchange);
    }
  }
}
