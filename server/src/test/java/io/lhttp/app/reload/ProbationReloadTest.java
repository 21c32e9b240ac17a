package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.chain.ClientCounts;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A generation on probation is rolled back if changed links throw for more clients. */
class ProbationReloadTest extends EchoFixture {
  private static final String OLD =
      """
      public class Old implements io.lhttp.Processor {
        public void onMessage(io.lhttp.Exchange e) { throw new IllegalStateException("old"); }
      }
      """;

  @Test
  void probation_moreFailuresThanBefore_rollsBack() throws Exception {
    probation();
    talk();
    reloader.checkProbation();
    write("processors/Echo.java", echo("two").replace("e.send(", "e.send(1 / 0 + "));
    assertThat(reloader.reload().generation()).isEqualTo(3);

    failForTenClients();

    assertThat(talk()).isEqualTo("one hi");
    assertThat(control().pipeline().generation()).isEqualTo(2);
    assertThat(reloader.counts()).isEqualTo(new ReloadCounts(2, 0, 1, 1));
    assertThat(reloader.probation())
        .hasValueSatisfying(state -> {
          assertThat(state.outcome()).isEqualTo(ProbationState.Outcome.ROLLED_BACK);
          assertThat(state.generation()).isEqualTo(3);
          assertThat(state.running()).isEqualTo(2);
        });

    write("processors/Echo.java", echo("three"));
    assertThat(reloader.reload().generation()).isEqualTo(4);
    assertThat(talk()).isEqualTo("three hi");
  }

  @Test
  void rollBack_ofSecondProbation_returnsToBeforeBoth() throws Exception {
    probation();
    write("processors/Echo.java", echo("two").replace("e.send(", "e.send(1 / 0 + "));
    reloader.reload();
    write("processors/Echo.java", echo("three").replace("e.send(", "e.send(2 / 0 + "));
    reloader.reload();

    failForTenClients();

    assertThat(talk()).isEqualTo("one hi");
    assertThat(control().pipeline().generation()).isEqualTo(2);
  }

  @Test
  void probation_passed_keepsGeneration() throws Exception {
    probation();
    write("processors/Echo.java", echo("two"));
    reloader.reload();
    talk();
    clock.advance(Duration.ofSeconds(30));
    reloader.checkProbation();

    assertThat(control().rollBack(3)).isEmpty();
    assertThat(talk()).isEqualTo("two hi");
    assertThat(reloader.counts().rolledBack()).isZero();
  }

  @Test
  void probation_failuresOfOneClient_doNotRollBack() throws Exception {
    probation();
    write("processors/Echo.java", echo("two").replace("e.send(", "e.send(1 / 0 + "));
    reloader.reload();

    for (var i = 0; i < 50; i++) {
      talk();
    }
    reloader.checkProbation();

    assertThat(control().pipeline().generation()).isEqualTo(3);
    assertThat(control().clientCounts()).isEqualTo(new ClientCounts(1, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "throw new io.lhttp.RefusedException(503, \"the upstream is away\");",
        "e.refuse(500, \"bad input\");",
        "e.publish(\"room\", Message.of(\"x\", \"\")); throw new"
            + " java.net.ConnectException(\"no\");",
        "throw new RuntimeException(new java.net.SocketTimeoutException(\"late\"));",
      })
  void probation_failuresOutsideLink_doNotCount(String statement) throws Exception {
    probation();
    write(
        "processors/Echo.java",
        """
        import io.lhttp.*;
        import io.lhttp.message.Message;
        public class Echo implements Processor {
          public void onMessage(Exchange e) throws Exception { %s }
        }
        """
            .formatted(statement));
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);

    askAs(12, "echo");
    awaitTwelveClients();
    reloader.checkProbation();

    assertThat(control().clientCounts().failed()).isZero();
    assertThat(control().pipeline().generation()).isEqualTo(3);
  }

  @Test
  void probation_failuresOfUnchangedLink_doNotCount() throws Exception {
    write("processors/Old.java", OLD);
    probation("chain: [pubsub, Mark]\nprocessors: { echo: Echo, old: Old }\n");
    write("processors/Echo.java", echo("two"));
    reloader.reload();

    assertThat(askAs(12, "old")).allMatch(answer -> answer.headers().is("status", "500"));
    awaitTwelveClients();
    reloader.checkProbation();

    assertThat(control().clientCounts().failed()).isZero();
    assertThat(control().pipeline().generation()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"first, 0", "second, 12"})
  void probation_ofFilterTwice_countsFailuresOfChangedUse(String command, int failed)
      throws Exception {
    write(
        "filters/Gate.java",
        """
        import io.lhttp.*;
        public class Gate implements Filter {
          record Options(String command, int other) {}
          private final String command;
          public Gate(Options options) { command = options.command(); }
          public Outcome filter(Exchange exchange, Chain chain) throws Exception {
            if (exchange.request().command().equals(command)) throw new IllegalStateException();
            return chain.proceed(exchange);
          }
        }
        """);
    var chain =
        "chain: [Gate: { command: first, other: 1 }, more: { filter: Gate, command: second, other: 1 }]\n";
    probation(chain);
    write("lhttp.yaml", "probation: 30s\n" + chain.replace("second, other: 1", "second, other: 2"));
    assertThat(changes()).containsExactly("other of more changed");

    assertThat(askAs(12, command)).allMatch(answer -> answer.headers().is("status", "500"));
    awaitTwelveClients();

    assertThat(control().clientCounts().failed()).isEqualTo(failed);
  }

  @Test
  void reload_reportsProbationAndItsOutcomeLater() throws Exception {
    probation();
    write("processors/Echo.java", echo("two"));

    var swapped = (ReloadResult.Swapped) reloader.reload();
    assertThat(swapped.probation()).isEqualTo(Duration.ofSeconds(30));
    assertThat(swapped.inWords()).endsWith("; on probation for 30 s");
    clock.advance(Duration.ofSeconds(10));
    assertThat(reloader.probation())
        .hasValueSatisfying(state -> {
          assertThat(state.outcome()).isEqualTo(ProbationState.Outcome.UNDER_WAY);
          assertThat(state.left()).isEqualTo(Duration.ofSeconds(20));
        });

    clock.advance(Duration.ofSeconds(20));
    reloader.checkProbation();

    assertThat(reloader.probation())
        .hasValueSatisfying(
            state -> assertThat(state.outcome()).isEqualTo(ProbationState.Outcome.KEPT));
    assertThat(reloader.counts().kept()).isEqualTo(2);
  }

  /** Turns probation on by a reload that becomes generation 2. */
  private void probation() throws IOException {
    probation("chain: [pubsub, Mark]\nprocessors: { echo: Echo }\n");
  }

  private void probation(String rest) throws IOException {
    write("lhttp.yaml", "probation: 30s\n" + rest);
    reloader.reload();
    reloader.checkProbation();
    clock.advance(Duration.ofSeconds(30));
    reloader.checkProbation();
  }

  /** Lets a link throw for ten clients, and runs the check of probation. */
  private void failForTenClients() {
    askAs(10, "echo");
    Eventually.holds(
        "the tenth client's is counted", () -> control().clientCounts().failed() == 10);
    reloader.checkProbation();
  }

  private void awaitTwelveClients() {
    Eventually.holds("all are counted", () -> control().clientCounts().clients() == 12);
  }
}
