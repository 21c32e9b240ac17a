package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code dev} explains failures and files to a developer; {@code serve} logs all of them. */
class DeveloperMessagesTest extends ProcessFixture {
  private static final String THROWS =
      """
      public class Pay implements io.lhttp.Processor {
        public void onMessage(io.lhttp.Exchange exchange) {
          amount(exchange.request().body());
        }

        private static int amount(String text) {
          try {
            return Integer.parseInt(text);
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException("no amount", e);
          }
        }
      }
      """;

  @Test
  void javaFailure_isExplainedAsScriptsAre() throws Exception {
    write("lhttp.yaml", "processors: { pay: Pay }");
    write("processors/Pay.java", THROWS);
    var dev = dev();
    var server = Processes.listening(dev);
    var log = dev.errorReader(UTF_8);

    fail(server, "pay", "x");

    assertThat(Processes.line(log, "processor failed")).contains(" ERROR ", " name=pay ");
    assertThat(lines(log, 7))
        .map(line -> line.replaceFirst("(NumberFormatException.java):\\d+", "$1:LINE"))
        .containsExactly(
            "  processors/Pay.java:10: java.lang.IllegalArgumentException: no amount",
            "          throw new IllegalArgumentException(\"no amount\", e);",
            "      at Pay.amount (processors/Pay.java:10)",
            "      at Pay.onMessage (processors/Pay.java:3)",
            "  caused by processors/Pay.java:8: java.lang.NumberFormatException: For input string:"
                + " \"x\"",
            "          return Integer.parseInt(text);",
            "      at NumberFormatException.forInputString (NumberFormatException.java:LINE)");
  }

  @Test
  void failureOfReplacedVersion_showsItsOwnLine() throws Exception {
    var source =
        """
        public class Old implements io.lhttp.Filter, AutoCloseable {
          public io.lhttp.Outcome filter(io.lhttp.Exchange e, io.lhttp.Chain c) throws Exception {
            return c.proceed(e);
          }

          public void close() { throw new IllegalStateException("first"); }
        }
        """;
    write("lhttp.yaml", "chain: [Old]");
    write("filters/Old.java", source);
    var dev = dev();
    Processes.listening(dev);
    var log = dev.errorReader(UTF_8);

    write("filters/Old.java", source.replace("throw new IllegalStateException(\"first\");", ""));

    assertThat(Processes.line(log, "failed to close")).endsWith(" name=Old");
    assertThat(lines(log, 2))
        .containsExactly(
            "  filters/Old.java:6: java.lang.IllegalStateException: first",
            "      public void close() { throw new IllegalStateException(\"first\"); }");
  }

  @Test
  void repeatedFailure_takesOneLineUntilReload() throws Exception {
    write("lhttp.yaml", "");
    write("processors/hi.js", "export function onMessage(ctx) { ctx.body.x.y; }");
    var dev = dev();
    var server = Processes.listening(dev);
    var log = dev.errorReader(UTF_8);

    fail(server, "hi", "");
    assertThat(Processes.line(log, "script failed")).endsWith("name=hi event=message");
    assertThat(lines(log, 4))
        .last()
        .asString()
        .isEqualTo("      at onMessage (processors/hi.js:1)");
    String again;
    do {
      fail(server, "hi", ""); // within a second it prints nothing
      again = log.ready() ? log.readLine() : "";
    } while (again.isEmpty());
    assertThat(again)
        .matches(
            ".* script failed name=hi event=message again, the \\d+(st|nd|rd|th) time:"
                + " processors/hi.js:1:34: TypeError: .*");

    write("processors/hi.js", "export function onMessage(ctx) { ctx.body.x.y; } // later");
    assertThat(dev.inputReader(UTF_8).readLine()).startsWith("reloaded ");
    fail(server, "hi", "");
    assertThat(Processes.line(log, "script failed")).endsWith("name=hi event=message");
  }

  @Test
  void filterWithoutOutcome_isNamedWithFileAndTakesOneLineWhenRepeated() throws Exception {
    write("lhttp.yaml", "chain: [Thr]");
    write(
        "filters/Thr.java",
        """
        public class Thr implements io.lhttp.Filter {
          public io.lhttp.Outcome filter(io.lhttp.Exchange e, io.lhttp.Chain c) { return null; }
        }
        """);
    var dev = dev();
    var server = Processes.listening(dev);
    var log = dev.errorReader(UTF_8);

    fail(server, "hi", "");
    assertThat(Processes.line(log, "filter failed")).contains(" name=Thr ");
    assertThat(lines(log, 2))
        .first()
        .asString()
        .isEqualTo(
            "  filters/Thr.java: java.lang.NullPointerException: filter 'Thr' returned no outcome:"
                + " return chain.proceed(exchange) or a refusal");
    String again;
    do {
      fail(server, "hi", ""); // within a second it prints nothing
      again = log.ready() ? log.readLine() : "";
    } while (again.isEmpty());
    assertThat(again).contains(" again, the ", " time: filters/Thr.java: ");
  }

  @Test
  void filterInNoChain_isNamedOnce() throws Exception {
    write("lhttp.yaml", "");
    write("filters/one.js", "export function before(ctx) {}");
    write("filters/Two.java", "public class Two implements io.lhttp.Filter {}");
    write("filters/Helper.java", "public class Helper {}");
    var dev = dev();
    var started = new ArrayList<String>();
    Processes.listening(dev, started);
    var output = dev.inputReader(UTF_8);
    assertThat(started)
        .contains(
            "note       filters/Two.java is in no chain",
            "note       filters/one.js is in no chain")
        .noneMatch(line -> line.contains("Helper"));

    write("lhttp.yaml", "chain: [one, Two]");
    assertThat(output.readLine()).startsWith("reloaded   generation 2 ");
    write("lhttp.yaml", "chain: [one]");
    assertThat(output.readLine()).startsWith("reloaded   generation 3 ");
    assertThat(output.readLine()).isEqualTo("note       filters/Two.java is in no chain");
    write("lhttp.yaml", "chain: []");
    assertThat(output.readLine()).startsWith("reloaded   generation 4 ");
    assertThat(output.readLine()).isEqualTo("note       filters/one.js is in no chain");
  }

  @Test
  void brokenFiles_areReportedOnceAndSaidToBeInOrderAgain() throws Exception {
    write("lhttp.yaml", "chain: [one, two]");
    write("filters/one.js", "export function before(ctx) {}");
    write("filters/two.js", "export function before(ctx) {}");
    var dev = dev();
    Processes.listening(dev);
    var output = dev.inputReader(UTF_8);

    write("filters/one.js", "export function before(ctx {}");
    assertThat(lines(output, 4)).first().isEqualTo("broken     generation 1 runs on:");
    write("filters/one.js", "export function before(ctx {} ");
    assertThat(output.readLine())
        .startsWith("broken     as before: " + folder.resolve("filters/one.js") + ":1:");
    write("filters/two.js", "export function before(ctx {}");
    assertThat(lines(output, 7)).first().isEqualTo("broken     generation 1 runs on:");
    write("filters/one.js", "export function before(ctx) {}");
    assertThat(output.readLine()).isEqualTo("repaired   filters/one.js is in order again");
    assertThat(lines(output, 4)).first().isEqualTo("broken     generation 1 runs on:");
    write("filters/two.js", "export function before(ctx) { }");
    assertThat(output.readLine())
        .matches(
            "reloaded   generation 2 in \\d+ ms: filters/two.js changed; filters/two.js is in order"
                + " again");
  }

  private Process dev() throws IOException {
    return processes.lhttp(
        List.of("dev", folder.toString(), "--port", "0", "--set", "admin=false"));
  }

  /** Sends a message that fails, and waits for the refusal. */
  private static void fail(URI server, String command, String body) throws Exception {
    try (var client = LhttpClient.builder(server).connect()) {
      var answer = client.request(Message.of(command, body));
      assertThat(answer.handle((reply, failed) -> failed != null))
          .succeedsWithin(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)
          .isEqualTo(true);
    }
  }

  private static List<String> lines(BufferedReader from, int count) throws IOException {
    var lines = new ArrayList<String>();
    for (var i = 0; i < count; i++) {
      lines.add(from.readLine());
    }
    return lines;
  }
}
