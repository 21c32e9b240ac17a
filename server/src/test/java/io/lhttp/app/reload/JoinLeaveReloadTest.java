package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.code.ClassLoaders;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.Hosts;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Java links and scripts leave and join open connections when their files change. */
class JoinLeaveReloadTest extends ReloadFixture {
  private static final int CONNECTIONS = 1_000;

  /** The Java filter counts its calls in system properties, which outlive its class. */
  private static final String COUNTS = "join-leave-test ";

  private final List<RawClient> silent = new ArrayList<>();

  @BeforeEach
  void anApplication() throws Exception {
    write("lhttp.yaml", "chain: [Told, told]\nprocessors: { chat: Chat }\n");
    write("filters/Told.java", java(0));
    write("filters/told.js", script(0));
    write("processors/Chat.java", processor(0));
    write(
        "processors/count.js",
        "export function onMessage(ctx) { ctx.send(String(ctx.shared.get(ctx.body) ?? 0)); }");
    start();
  }

  @Override
  LhttpServer.Builder configured(LhttpServer.Builder builder) {
    return builder
        .hosts(Hosts.any())
        .limits(
            Limits.builder()
                .connectionsPerAddress(2 * CONNECTIONS)
                .handshakesPerAddress(10 * CONNECTIONS)
                .build());
  }

  @AfterEach
  @Override
  void end() throws Exception {
    for (var each : silent) {
      each.close();
    }
    super.end();
    System.getProperties().keySet().removeIf(key -> key.toString().startsWith(COUNTS));
  }

  @Test
  void changedFiles_leaveAndJoinEachConnectionOnce() throws Exception {
    openSilent();

    write("filters/Told.java", java(1));
    write("filters/told.js", script(1));
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);

    var all = CONNECTIONS + 1;
    Eventually.holds("Java has left", () -> java("v0 leave") == all);
    Eventually.holds("Java has joined", () -> java("v1 join") == all);
    Eventually.holds("the script has left", () -> script("v0 leave") == all);
    Eventually.holds("the script has joined", () -> script("v1 join") == all);
    for (var each : silent) {
      each.close();
    }
    Eventually.holds("Java was closed", () -> java("v1 close") == CONNECTIONS);
    Eventually.holds("the script was closed", () -> script("v1 close") == CONNECTIONS);
    assertThat(java("v0 close")).isZero();
    assertThat(script("v0 close")).isZero();
  }

  @Test
  void changedScript_leavesUnchangedJavaAlone() throws Exception {
    ask("count", "x");

    write("filters/told.js", script(1));
    reloader.reload();

    Eventually.holds("the script has joined", () -> script("v1 join") == 1);
    assertThat(java("v0 leave")).isZero();
    assertThat(java("v0 join")).isZero();
  }

  @Test
  void changedProcessor_endsAndOpensAgain() throws Exception {
    assertThat(ask("chat", "")).isEqualTo("v0");

    write("processors/Chat.java", processor(1));
    reloader.reload();

    Eventually.holds("the replaced one has left", () -> java("p0 close") == 1);
    assertThat(ask("chat", "")).isEqualTo("v1");
    assertThat(java("p1 open")).isOne();
  }

  @Test
  void silentConnections_keepNoReplacedClass() throws Exception {
    Eventually.holds("it is open", () -> java("v0 open") == 1);
    var loaders = new ArrayList<WeakReference<ClassLoader>>();
    for (var version = 1; version <= 3; version++) {
      loaders.add(loaderOfFirst());
      write("filters/Told.java", java(version));
      reloader.reload();
      var joined = "v" + version + " join";
      Eventually.holds("the new version has joined", () -> java(joined) == 1);
    }

    Eventually.holds(
        "no class loader of a replaced version is left, while the connection is open",
        () -> ClassLoaders.collected(loaders));
  }

  private void openSilent() throws IOException {
    for (var i = 0; i < CONNECTIONS; i++) {
      silent.add(RawClient.open(server.port()));
    }
    Eventually.holds("all are open", () -> script("v0 open") == CONNECTIONS + 1);
  }

  private static int java(String call) {
    return System.getProperties().get(COUNTS + call) instanceof AtomicInteger count
        ? count.get()
        : 0;
  }

  private int script(String call) {
    return Integer.parseInt(ask("count", call));
  }

  private static final String COUNT =
      """
        private static void count(String call) {
          var counts = System.getProperties();
          counts.putIfAbsent("%s" + call, new java.util.concurrent.atomic.AtomicInteger());
          ((java.util.concurrent.atomic.AtomicInteger) counts.get("%s" + call)).incrementAndGet();
        }
      """
          .formatted(COUNTS, COUNTS);

  private static String java(int version) {
    return """
    import io.lhttp.*;
    public class Told implements Filter {
      public void onOpen(Connection c) { count("v%1$d open"); }
      public void onJoin(Connection c) { count("v%1$d join"); }
      public void onLeave(Connection c) { count("v%1$d leave"); }
      public void onClose(Connection c) { count("v%1$d close"); }
    %2$s
    }
    """
        .formatted(version, COUNT);
  }

  private static String script(int version) {
    return """
    export function onOpen(ctx) { ctx.shared.increment("v%1$d open"); }
    export function onJoin(ctx) { ctx.shared.increment("v%1$d join"); }
    export function onLeave(ctx) { ctx.shared.increment("v%1$d leave"); }
    export function onClose(ctx) { ctx.shared.increment("v%1$d close"); }
    """
        .formatted(version);
  }

  private static String processor(int version) {
    return """
    import io.lhttp.*;
    public class Chat implements Processor {
      public void onOpen(Exchange e) { count("p%1$d open"); }
      public void onMessage(Exchange e) { e.send("v%1$d"); }
      public void onClose(Connection c) { count("p%1$d close"); }
    %2$s
    }
    """
        .formatted(version, COUNT);
  }
}
