package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.app.Processes;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Java code that hangs while it is created, opened, closed or told of connections does not block
 * other parts of a server. The tests run at the same time, because each of them waits for
 * deadlines.
 */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HangingLinksTest extends ProcessFixture {
  /** Code that no interrupt ends. */
  private static final String HANG =
      "while (true) java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);";

  @BeforeEach
  void anApplication() throws IOException {
    write("filters/Calm.java", "public class Calm implements io.lhttp.Filter {}");
    write(
        "processors/Echo.java",
        """
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange e) { e.send(e.request().body()); }
        }
        """);
    chain("Calm");
  }

  @Test
  void hangingInitialiserAndConstructor_holdUpNothing() throws Exception {
    write(
        "filters/Slow.java",
        """
        public class Slow implements io.lhttp.Filter {
          static { if (true) hang(); }
          static void hang() { %s }
        }
        """
            .formatted(HANG));
    write(
        "filters/Stuck.java",
        "public class Stuck implements io.lhttp.Filter {\n  { if (true) { " + HANG + " } }\n}");
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader(UTF_8)) {
      var admin = Processes.admin(errors);
      for (var name : List.of("Slow", "Stuck")) {
        chain(name);
        var reload = CompletableFuture.supplyAsync(() -> post(admin, "/reload"));
        servesOn(server, admin);
        assertThat(reload.get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS))
            .containsPattern("is left behind: since 20.* at .*\\(" + name + "\\.java:[23]\\)");
        assertThat(get(admin, "/chain")).containsPattern("\\(" + name + "\\.java:[23]\\)");
        chain("Calm", "multipart");
        assertThat(post(admin, "/reload")).contains("\"result\" : ");
        servesOn(server, admin);
      }
      assertThat(get(admin, "/metrics")).contains("lhttp_reloads_hanging 2.0");

      Processes.signal(serve, "TERM");
      assertThat(Processes.exitCode(serve)).isZero();
    }
  }

  @Test
  void hangingClose_isNamedAndHoldsUpNothing() throws Exception {
    write(
        "filters/Pool.java",
        """
        public class Pool implements io.lhttp.Filter, AutoCloseable {
          public void close() { %s }
        }
        """
            .formatted(HANG));
    write(
        "filters/Broken.java",
        """
        public class Broken implements io.lhttp.Filter {
          public Broken() { throw new IllegalStateException("no key"); }
        }
        """);
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader(UTF_8)) {
      var admin = Processes.admin(errors);
      chain("Pool", "Broken");
      assertThat(post(admin, "/reload")).contains("\"refused\"", "no key");
      servesOn(server, admin);
      chain("Pool");
      assertThat(post(admin, "/reload")).contains("\"swapped\"");
      chain("Calm");
      assertThat(post(admin, "/reload")).contains("\"swapped\"");
      servesOn(server, admin);

      for (var i = 0; i < 2; i++) {
        assertThat(Processes.line(errors, "a link hangs in close()"))
            .contains("filter=Pool class=Pool since=20", "at=Pool.close(Pool.java:2)");
      }
      assertThat(get(admin, "/chain")).contains("filter 'Pool' in close() since 20");
      assertThat(get(admin, "/metrics")).contains("lhttp_links_hanging 2.0");
      chain("Pool", "Calm");
      assertThat(post(admin, "/reload")).contains("\"swapped\"");
      servesOn(server, admin);

      Processes.signal(serve, "TERM");
      assertThat(Processes.exitCode(serve)).isZero();
      assertThat(Processes.line(errors, "a link hangs in close()")).contains("Pool.java:2");
    }
  }

  @Test
  void hangingTakeOver_isAbandonedAndStateGoesBack() throws Exception {
    var door =
        """
        import java.util.Optional;
        public class Door implements io.lhttp.Filter, io.lhttp.HandsOver<Object> {
          static final int VERSION = 1;
          public Optional<Object> handOver() { return Optional.empty(); }
          public void takeOver(Optional<Object> state) {
            if (VERSION == 2) { %s }
            System.err.println("version " + VERSION + " took over");
          }
        }
        """
            .formatted(HANG);
    write("filters/Door.java", door);
    chain("Door");
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader(UTF_8)) {
      assertThat(Processes.line(errors, "took over")).contains("version 1");
      var admin = Processes.admin(errors);
      write("filters/Door.java", door.replace("VERSION = 1", "VERSION = 2"));
      var reload = CompletableFuture.supplyAsync(() -> post(admin, "/reload"));
      servesOn(server, admin);
      assertThat(reload.get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS))
          .containsPattern("is left behind: since 20.* at Door\\.takeOver\\(Door\\.java:6\\)");
      assertThat(Processes.line(errors, "took over")).contains("version 1");
      write("filters/Door.java", door.replace("VERSION = 1", "VERSION = 3"));
      assertThat(post(admin, "/reload")).contains("\"swapped\"", "Door handed over");
      assertThat(Processes.line(errors, "took over")).contains("version 3");
      servesOn(server, admin);

      Processes.signal(serve, "TERM");
      assertThat(Processes.exitCode(serve)).isZero();
    }
  }

  @Test
  void hangingOnOpen_holdsUpItsConnectionAlone() throws Exception {
    write(
        "filters/Door.java",
        """
        public class Door implements io.lhttp.Filter {
          public void onOpen(io.lhttp.Connection c) {
            if (c.handshake().header("x-slow").isPresent()) { %s }
          }
        }
        """
            .formatted(HANG));
    chain("Door");
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader(UTF_8);
        var slow = LhttpClient.builder(server).header("x-slow", "yes").reconnect(false).connect()) {
      var admin = Processes.admin(errors);
      var answer = slow.request(Message.of("echo", "hi"));
      servesOn(server, admin);
      chain("Calm");
      assertThat(post(admin, "/reload")).contains("\"swapped\"");
      servesOn(server, admin);
      assertThat(answer).isNotDone();

      Processes.signal(serve, "TERM");
      assertThat(Processes.exitCode(serve)).isZero();
    }
  }

  @Test
  void hangingOnLeave_isNamedOnceAndConnectionsGoOn() throws Exception {
    var door =
        """
        public class Door implements io.lhttp.Filter {
          static final int VERSION = 1;
          public void onLeave(io.lhttp.Connection c) { if (VERSION == 1) { %s } }
        }
        """
            .formatted(HANG);
    write("filters/Door.java", door);
    chain("Door");
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    var open = new ArrayList<LhttpClient>();
    try (var errors = serve.errorReader(UTF_8)) {
      var admin = Processes.admin(errors);
      for (var i = 0; i < 3; i++) {
        open.add(LhttpClient.builder(server).reconnect(false).connect());
        assertThat(ask(open.getLast())).isEqualTo("hi");
      }
      write("filters/Door.java", door.replace("VERSION = 1", "VERSION = 2"));
      assertThat(post(admin, "/reload")).contains("\"swapped\"");
      servesOn(server, admin);

      assertThat(Processes.line(errors, "a link hangs in onLeave()"))
          .contains(
              "filter=Door class=Door since=20", "connections=3 at=Door.onLeave(Door.java:3)");
      assertThat(get(admin, "/chain"))
          .contains("filter 'Door' in onLeave() for 3 connections since 20");
      assertThat(get(admin, "/metrics")).contains("lhttp_links_hanging 1.0");
      for (var client : open) {
        assertThat(ask(client)).isEqualTo("hi");
      }

      Processes.signal(serve, "TERM");
      assertThat(Processes.exitCode(serve)).isZero();
      assertThat(errors.lines().filter(line -> line.contains("hangs in onLeave()"))).isEmpty();
    } finally {
      open.forEach(LhttpClient::close);
    }
  }

  @Test
  void hangingOnJoin_countsAsFailedAndIsNamed() throws Exception {
    write(
        "filters/Door.java",
        """
        public class Door implements io.lhttp.Filter {
          public void onJoin(io.lhttp.Connection c) throws Exception { Thread.sleep(3_600_000); }
        }
        """);
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader(UTF_8);
        var old = LhttpClient.builder(server).reconnect(false).connect()) {
      var admin = Processes.admin(errors);
      assertThat(ask(old)).isEqualTo("hi");
      chain("Door");
      assertThat(post(admin, "/reload")).contains("\"swapped\"");
      servesOn(server, admin);

      assertThat(Processes.line(errors, "a link hangs in onJoin()"))
          .contains("filter=Door class=Door since=20", "at=Door.onJoin(Door.java:2)");
      assertThatThrownBy(() -> ask(old)).hasStackTraceContaining("1011");
      servesOn(server, admin);

      Processes.signal(serve, "TERM");
      assertThat(Processes.exitCode(serve)).isZero();
    }
  }

  @Test
  void oldCodeThatHoldsAllCarriers_isInterruptedAfterItsTime() throws Exception {
    var spin =
        """
        public class Spin implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange e) {
            while (!Thread.interrupted()) { Thread.onSpinWait(); }
          }
        }
        """;
    write("processors/Spin.java", spin);
    write("lhttp.yaml", "processors: { echo: Echo, spin: Spin }\nprobation: 0s\n");
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader(UTF_8);
        var client = LhttpClient.builder(server).connect()) {
      var admin = Processes.admin(errors);
      var spinners = new ArrayList<LhttpClient>();
      try {
        for (var i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
          spinners.add(LhttpClient.builder(server).reconnect(false).connect());
          spinners.getLast().send(Message.of("spin", ""));
        }
        var _ = Processes.line(errors, "no virtual thread runs");
        write(
            "processors/Spin.java",
            "public class Spin implements io.lhttp.Processor {\n"
                + "  public void onMessage(io.lhttp.Exchange e) { e.send(\"mended\"); }\n}\n");
        assertThat(post(admin, "/reload")).contains("\"swapped\"");

        assertThat(Processes.line(errors, "a link hangs in onMessage()"))
            .contains("processor=spin class=Spin since=20", "at=Spin.onMessage(Spin.java:3)");
        assertThat(ask(client)).isEqualTo("hi");
        assertThat(ask(server, "spin", "")).isEqualTo("mended");
      } finally {
        spinners.forEach(LhttpClient::close);
      }
      Processes.signal(serve, "TERM");
      assertThat(Processes.exitCode(serve)).isZero();
    }
  }

  private static String ask(LhttpClient client) throws Exception {
    return client
        .request(Message.of("echo", "hi"))
        .get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)
        .body();
  }

  private void servesOn(URI server, URI admin) throws Exception {
    for (var listener : List.of(server, admin)) {
      assertThat(get(listener, "/livez")).contains("alive");
      assertThat(get(listener, "/readyz")).contains("ready");
    }
    assertThat(get(admin, "/metrics")).contains("lhttp_generation ");
    assertThat(get(admin, "/chain")).contains("\"generation\" : ");
    assertThat(ask(server, "echo", "hi")).isEqualTo("hi");
  }

  private void chain(String... links) throws IOException {
    write(
        "lhttp.yaml",
        """
        chain: [%s]
        processors: { echo: Echo }
        reload: { deadline: 25s }
        drain: { deadline: 1s }
        probation: 0s
        """
            .formatted(String.join(", ", links)));
  }
}
