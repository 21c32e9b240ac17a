package io.lhttp.app.reload;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.settings.Mode;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Reloads a server repeatedly while clients send messages, and finds replies in which two chains
 * are mixed. Two filters and the processor stamp each message with the version of their files;
 * every fifth reload is of a broken file, every second one reverses the chain.
 */
public final class ReloadLoad {
  /** The number of reloads after which the memory in use is printed each time. */
  private static final int SETTLED = 100;

  private static final double MIB = 1 << 20;

  private final Path folder;
  private final int connections;
  private final AtomicLong messages = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

  /**
   * @param wrong replies that were lost, doubled or mixed, and connections that ended
   */
  public record Result(int swapped, int refused, long messages, List<String> wrong) {}

  public ReloadLoad(Path folder, int connections) {
    this.folder = folder;
    this.connections = connections;
  }

  public Result run(int reloads, Consumer<String> out) throws Exception {
    write(0);
    write("filters/Still.java", "public class Still implements io.lhttp.Filter {}");
    var application = loader().load();
    try (var _ = application.scripts();
        var server = application.server(Mode.DEV).port(0).start()) {
      var reloader = new Reloader(Mode.DEV, application, server, loader()::load, System::nanoTime);
      var talkers = new ArrayList<Thread>();
      for (var i = 0; i < connections; i++) {
        talkers.add(Thread.ofPlatform().start(() -> talk(server.uri())));
      }
      var swapped = 0;
      var refused = 0;
      var before = 0L;
      var took = new long[reloads];
      for (var i = 1; i <= reloads; i++) {
        if (i % 5 == 0) {
          write("filters/first.js", "export function before(ctx) { nobody.knows( }");
        } else {
          write(i);
        }
        var result = reloader.reload();
        took[i - 1] = result.took().toMillis();
        swapped += result instanceof ReloadResult.Swapped ? 1 : 0;
        refused += result instanceof ReloadResult.Refused ? 1 : 0;
        before = i == SETTLED ? inUse() : before;
        if (i % SETTLED == 0) {
          out.accept(memory(i));
        }
      }
      stop.set(true);
      for (var talker : talkers) {
        talker.join();
      }
      Eventually.holds(
          "each replaced generation has ended", () -> server.statistics().generations() == 1);
      var after = reloads > SETTLED ? inUse() : 0;
      Arrays.sort(took);
      out.accept(
          String.format(
              Locale.ROOT,
              "reloads %d (refused %d), messages %d, wrong %d; a reload p50 %d ms, p99 %d ms;"
                  + " MiB in use %d after %d, %d at the end",
              reloads,
              refused,
              messages.get(),
              wrong.size(),
              took[took.length / 2],
              took[took.length * 99 / 100],
              before >> 20,
              SETTLED,
              after >> 20));
      return new Result(swapped, refused, messages.get(), List.copyOf(wrong));
    }
  }

  private void talk(URI uri) {
    try (var client = TestClient.connect(uri)) {
      for (var n = 0; !stop.get(); n++) {
        check(n, client.request(Message.of("echo", Integer.toString(n))).body());
        messages.incrementAndGet();
      }
      if (!client.idle()) {
        wrong.add("more replies than messages");
      }
    } catch (AssertionError e) {
      wrong.add(e.toString());
    }
  }

  /** Checks a reply of the form {@code N STAMP STAMP STAMP}. */
  private void check(int n, String reply) {
    var words = List.of(reply.split(" "));
    var stamps = words.subList(1, words.size());
    if (!words.getFirst().equals(Integer.toString(n))
        || stamps.size() != 3
        || stamps.stream().distinct().count() != 1) {
      wrong.add("sent " + n + ", got " + reply);
    }
  }

  /** Writes all files with the stamp of this version. */
  private void write(int number) throws IOException {
    var filter = "export function before(ctx) { ctx.rewrite({ body: ctx.body + ' %d' }); }";
    write("filters/first.js", filter.formatted(number));
    write("filters/second.js", filter.formatted(number));
    write(
        "processors/echo.js",
        "export function onMessage(ctx) { ctx.send(ctx.body + ' %d'); }".formatted(number));
    var chain = number % 2 == 0 ? "[first, Still, second]" : "[second, first, Still]";
    // a long limit, because the machine may be busy
    write("lhttp.yaml", "chain: " + chain + "\nscripts: { call-time: 5s }");
  }

  private void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private ApplicationLoader loader() {
    return new ApplicationLoader(folder).environment(_ -> null);
  }

  private static long inUse() {
    for (var i = 0; i < 3; i++) {
      System.gc();
    }
    var memory = ManagementFactory.getMemoryMXBean();
    return memory.getHeapMemoryUsage().getUsed() + memory.getNonHeapMemoryUsage().getUsed();
  }

  /** Describes the memory in use after garbage collection. */
  private static String memory(int reloads) {
    var all = inUse();
    var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    var metaspace =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getName().equals("Metaspace"))
            .mapToLong(pool -> pool.getUsage().getUsed())
            .sum();
    return String.format(
        Locale.ROOT,
        "after %d reloads, MiB: heap %.1f, metaspace %.1f, heap and all else %.1f",
        reloads,
        heap / MIB,
        metaspace / MIB,
        all / MIB);
  }
}
