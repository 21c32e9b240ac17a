package io.lhttp.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.config.Problem;
import io.lhttp.app.run.ServerProcessTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each command that ends prints its result or one line of error; {@link ServerProcessTest} runs the
 * others.
 */
class CommandLineTest extends CommandFixture {
  private static final String RUNTIME = Pattern.quote(Runtime.version().toString());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "dev",
        "serve",
        "check",
        "test",
        "new",
        "ide",
        "connect",
        "publish",
        "completion",
        "help"
      })
  void help_ofEachCommand_isPrinted(String command) {
    var arguments = command.isEmpty() ? new String[] {"--help"} : new String[] {command, "--help"};

    assertThat(run(arguments)).isZero();
    assertThat(out.toString()).startsWith("Usage: lhttp " + command);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void help_namesCommandsOfCheckout() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .endsWith("In a checkout, ./lhttp also has the commands install and package.\n");
  }

  @ParameterizedTest
  @CsvSource({"help, --help", "help dev, dev --help", "help help, help --help"})
  void helpCommand_printsSameAsOption(String command, String option) {
    assertThat(run(option.split(" "))).isZero();
    var expected = out.toString();
    out.getBuffer().setLength(0);

    assertThat(run(command.split(" "))).isZero();
    assertThat(out.toString()).isEqualTo(expected);
    assertThat(err.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void version_isPrinted(String option) {
    assertThat(run(option)).isZero();
    assertThat(out.toString())
        .matches("lhttp [0-9]+\\.[0-9]+\\.[0-9]+\\S*\nJava %s, .+ .+\n".formatted(RUNTIME));
    assertThat(err.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dev   | ./lhttp.yaml: no such file",
        "serve | ./lhttp.yaml: no such file",
        "check | ./lhttp.yaml: no such file",
        "test  | ./lhttp.yaml: no such file",
        "ide   | lhttp: . has no lhttp.yaml",
      })
  void withoutFolder_takesThisFolder(String command, String message) {
    assertThat(run(command)).isEqualTo(1); // the tests run in a folder without an lhttp.yaml
    assertThat(err.toString()).startsWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deb              | lhttp: unknown command 'deb', did you mean 'dev'?",
        "tset             | lhttp: unknown command 'tset', did you mean 'test'?",
        "dev x --prot 1   | lhttp dev: unknown option '--prot', did you mean '--port'?",
        "dev x --port a   | lhttp dev: Invalid value for option '--port': 'a' is not an int",
        "dev x --prot=hush | lhttp dev: unknown option '--prot', did you mean '--port'?",
        "serve x --inspect | lhttp serve: unknown option '--inspect', it is one of 'dev'",
        "dev x --inspect=a | lhttp dev: Invalid value for option '--inspect': 'a' is not an int",
        "serve x --debug  | lhttp serve: unknown option '--debug', it is one of 'dev'",
        "dev x --debug=a  | lhttp dev: Invalid value for option '--debug': 'a' is not an int",
        "help dve         | lhttp: unknown command 'dve', did you mean 'dev'?",
        "new              | lhttp new: DIR is missing; see lhttp new --help",
        "dev --version    | lhttp dev: unknown option '--version', it is one of 'lhttp'",
        "publish          | lhttp publish: CHANNEL is missing; see lhttp publish --help",
        "check a sk4eC39HqLyjWDarjt | lhttp check: one argument too many: '…'; see lhttp check"
            + " --help",
        "sk4eC39HqLyjWDarjt x | lhttp: unknown command '…', expected one of dev, serve, check,"
            + " test, new, ide, connect, publish, api, completion, help",
        "check a --sk4eC39HqLyjWDarjt | lhttp check: unknown option '…', expected one of --set, -h,"
            + " --help",
        "dev x --port sk4eC39HqLyjWDarjt | lhttp dev: Invalid value for option '--port': '…' is not"
            + " an int",
        "connect ws://h --timeout sk4eC39HqLyjWDarjt | lhttp connect: Invalid value for option"
            + " '--timeout': expected a duration such as 10s, 500ms or 2m, not '…'",
        "check a b        | lhttp check: one argument too many: 'b'; see lhttp check --help",
        "connect ws://h/ --timeout 5 | lhttp connect: Invalid value for option '--timeout':"
            + " expected a duration such as 10s, 500ms or 2m, not '5'",
      })
  void unknownArgument_isReportedInOneLineWithNearestName(String line, String message) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err.toString()).isEqualTo(message + "\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void check_validApplication_saysInOrder() throws IOException {
    write("lhttp.yaml", "processors: { echo: Echo }");
    write("processors/Echo.java", processor("Echo", ""));

    assertThat(run("check", folder.toString())).as(err.toString()).isZero();
    assertThat(out.toString())
        .isEqualTo(folder + " is in order\nchain      pubsub > multipart\ncommands   echo\n");
  }

  @Test
  void check_hangingConstructor_failsWithLine() throws IOException {
    write("lhttp.yaml", "chain: [Slow, pubsub]\nreload: { deadline: 100ms }\n");
    write(
        "filters/Slow.java",
        """
        public class Slow implements io.lhttp.Filter {
          public Slow() throws Exception { new java.util.concurrent.CountDownLatch(1).await(); }
        }
        """);

    assertThat(run("check", folder.toString())).isEqualTo(1);
    assertThat(err.toString())
        .startsWith(
            folder
                + "/lhttp.yaml:1:9: the constructor or a static initialiser of Slow has not ended"
                + " in 100 ms: it is at Slow.<init>(Slow.java:2)");
  }

  @Test
  void check_constructorWithoutMemory_failsWithItsLine() throws IOException {
    write("lhttp.yaml", "chain: [Big, pubsub]\n");
    write(
        "filters/Big.java",
        """
        public class Big implements io.lhttp.Filter {
          public Big() { throw new OutOfMemoryError("by hand"); }
        }
        """);

    assertThat(run("check", folder.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains(
            "/lhttp.yaml:1:9: no Big could be made: java.lang.OutOfMemoryError: by hand\n"
                + "      at Big.<init>(Big.java:2)");
  }

  @Test
  void help_describesEachCommandInOneSentence() {
    assertThat(run("--help")).isZero();

    var whole = out.toString().replaceAll("\\n {10,}", " ");
    assertThat(whole.lines().filter(line -> line.matches(" {2,4}[a-z]+ +[A-Z].*")))
        .hasSizeGreaterThan(5)
        .allMatch(line -> line.endsWith(".") || line.endsWith(". "));
  }

  @Test
  void check_hangingClose_warnsWithLineAndContinues() throws Exception {
    write("lhttp.yaml", "chain: [Pool, pubsub]\n");
    write(
        "filters/Pool.java",
        """
        public class Pool implements io.lhttp.Filter, AutoCloseable {
          public void close() throws Exception {
            new java.util.concurrent.CountDownLatch(1).await();
          }
        }
        """);
    var application = new ApplicationLoader(folder).load();
    var lines = new ArrayList<String>();
    var problems = new ArrayList<Problem>();
    try (var _ = application.scripts()) {
      new LinkTrial(Duration.ofMinutes(1), Duration.ofMillis(100), lines::add, problems)
          .run(application.chain().filters().getFirst().make());
    }

    assertThat(problems).isEmpty();
    assertThat(lines)
        .containsExactly(
            "warning: close() of Pool has not ended in 100 ms, and a server would leave it behind:"
                + " it is at Pool.close(Pool.java:3)");
  }

  @Test
  void check_scriptDroppingChannelHeaders_warns() throws IOException {
    write("lhttp.yaml", "chain: [ tag, kept, pubsub ]");
    write(
        "filters/tag.js",
        "import { tagged } from '../lib/tag.js';\nexport const before = tagged;\n");
    write(
        "lib/tag.js",
        "export function tagged(ctx) {\n  ctx.rewrite({ headers: { tag: 1 } });\n}\n");
    write("filters/kept.js", "export const before = (ctx) => ctx.setHeader('tag', 2);\n");

    assertThat(run("check", folder.toString())).as(err.toString()).isZero();
    assertThat(err.toString())
        .isEqualTo(
            """
            warning: DIR/lib/tag.js:2:3: rewrite({ headers }) replaces all headers, so that publish and subscribe are dropped: setHeader changes one
                ctx.rewrite({ headers: { tag: 1 } });
                ^
            """
                .replace("DIR", folder.toString()));

    err.getBuffer().setLength(0);
    write("lhttp.yaml", "chain: [ tag, kept ]");
    assertThat(run("check", folder.toString())).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void check_severalErrors_reportsAll() throws IOException {
    write("lhttp.yaml", "lisen: 1\nchain: [pubsbu]\n");
    write("processors/Echo.java", "class Echo {\n  int x = ;\n}\n");

    assertThat(run("check", folder.toString(), "--set", "reload=hot")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            """
            DIR/lhttp.yaml:1:1: unknown key 'lisen', did you mean 'listen'?
                lisen: 1
                ^
            --set reload=hot: reload: expected one of warm, fast, not 'hot'
            DIR/processors/Echo.java:2:11: illegal start of expression
                  int x = ;
                          ^
            """
                .replace("DIR", folder.toString()));
  }

  @Test
  void check_createsFiltersProcessorsAndTls() throws IOException {
    write("lhttp.yaml", "tls: { certificate: c.pem, key: c.pem }\nprocessors: { a: A, b: B }");
    write("c.pem", "no PEM");
    write(
        "processors/A.java",
        processor("A", "A() { throw new IllegalStateException(\"no database\"); }"));
    write(
        "processors/B.java",
        processor("B", "B() { throw new IllegalStateException(\"nor this\"); }"));

    assertThat(run("check", folder.toString())).isEqualTo(1);
    assertThat(err.toString().lines())
        .anyMatch(line -> line.startsWith("tls: no TLS from certificate "))
        .anyMatch(line ->
            line.endsWith(
                "lhttp.yaml:2:18: the constructor of A failed: java.lang.IllegalStateException: no"
                    + " database"))
        .anyMatch(line -> line.contains("lhttp.yaml:2:24: the constructor of B failed"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "connect ws://127.0.0.1:1/               | no connection: connection refused",
        "connect ftp://h/                        | 'ftp://h/' is no address of a server",
        "connect ws://h/ --publish a             | --publish needs a message",
        "publish a b --url http://127.0.0.1:1    | can't publish to http://127.0.0.1:1/publish:"
            + " connection refused",
        "publish a b --url ftp://h/              | 'ftp://h/' is no address of a server",
        "publish a b --header x                  | --header x: expected NAME:VALUE",
        "dev DIR --port 65536                    | --port 65536: a port lies between 0 and 65535",
        "dev DIR --debug                         | can't debug: the JVM has to be started for",
        "dev --debug DIR                         | can't debug: the JVM has to be started for",
        "dev --debug 7000 DIR                    | can't debug: the JVM has to be started for",
        "dev --debug                             | can't debug: the JVM has to be started for",
      })
  void failure_isReportedInOneLine(String line, String message) throws IOException {
    write("lhttp.yaml", "");

    assertThat(run(line.replace("DIR", folder.toString()).split(" "))).isEqualTo(1);
    assertThat(err.toString().lines()).singleElement().asString().startsWith("lhttp: " + message);
  }

  private static String processor(String name, String members) {
    return """
    class %s implements io.lhttp.Processor {
      %s
      public void onMessage(io.lhttp.Exchange exchange) {}
    }
    """
        .formatted(name, members);
  }
}
