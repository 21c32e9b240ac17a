package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.settings.Mode;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attributes of open connections outlive each version of the code that has set them. */
class AttributesReloadTest {
  @TempDir private Path folder;
  private LhttpServer server;
  private Reloader reloader;
  private TestClient client;

  @BeforeEach
  void start() throws Exception {
    write("filters/Users.java", users(0));
    write(
        "processors/seen.js",
        "export function onMessage(ctx) { ctx.send(ctx.connection.attributes.get('nick')); }");
    write("lhttp.yaml", "chain: [Users]\nprocessors: { who: Who }\n");
    write("processors/Who.java", WHO);
    var application = load(Optional.empty());
    server = application.server(Mode.DEV).port(0).start();
    reloader = new Reloader(Mode.DEV, application, server, this::load, new ManualClock()::nanoTime);
    client = TestClient.connect(server.uri());
  }

  @AfterEach
  void end() {
    client.close();
    server.close();
    reloader.running().scripts().close();
  }

  @Test
  void manyReloads_keepLoginAndReleaseClassLoaders() throws Exception {
    assertThat(client.request(Message.of("who", "jack")).body()).isEqualTo("v0 jack 1");
    assertThat(client.request(Message.of("seen", "")).body()).isEqualTo("JACK");
    var loaders = new ArrayList<WeakReference<ClassLoader>>();
    for (var version = 1; version <= 5; version++) {
      loaders.add(loader());
      write("filters/Users.java", users(version));
      assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);

      assertThat(client.request(Message.of("who", "")).body())
          .isEqualTo("v" + version + " jack " + (version + 1));
    }
    assertThat(client.request(Message.of("seen", "")).body()).isEqualTo("JACK");
    Eventually.holds(
        "no class loader of a replaced version is left, while the connection is open",
        () -> {
          System.gc();
          return loaders.stream().allMatch(loader -> loader.refersTo(null));
        });
  }

  @Test
  void silentConnection_keepsNoReplacedClass() throws Exception {
    client.request(Message.of("who", "jack"));
    var loader = loader();
    write("filters/Users.java", users(1));
    reloader.reload();

    Eventually.holds(
        "the class loader goes although nobody reads the attribute",
        () -> {
          System.gc();
          return loader.refersTo(null);
        });
    assertThat(client.request(Message.of("who", "")).body()).isEqualTo("v1 jack 2");
  }

  private WeakReference<ClassLoader> loader() throws Exception {
    var make = reloader.running().chain().filters().getFirst().make();
    return new WeakReference<>(make.call().getClass().getClassLoader());
  }

  /**
   * Returns a processor that counts a user's messages in a record. Each version has its own class
   * of that name.
   */
  private static String users(int version) {
    return """
    import io.lhttp.*;
    public class Users implements Filter {
      record Login(String name, int count%s) {}
      private static final AttributeKey<Login> LOGIN = AttributeKey.of("login", Login.class);
      public Outcome filter(Exchange e, Chain chain) throws Exception {
        var all = e.connection().attributes();
        var before = all.get(LOGIN);
        var name = before.isPresent() ? before.get().name() : e.request().body();
        var count = before.isPresent() ? before.get().count() : 0;
        if (e.request().command().equals("who")) {
          all.set(LOGIN, new Login(name, count + 1%s));
          all.set(AttributeKey.of("nick", String.class), name.toUpperCase());
          e.attributes().set(AttributeKey.of("text", String.class),
              "v%d " + name + " " + (count + 1));
        }
        return chain.proceed(e);
      }
    }
    """
        .formatted(
            version % 2 == 0 ? "" : ", boolean odd", version % 2 == 0 ? "" : ", true", version);
  }

  private static final String WHO =
      """
      import io.lhttp.*;
      public class Who implements Processor {
        public void onMessage(Exchange e) {
          e.send(e.attributes().get(AttributeKey.of("text", String.class)).orElse("nobody"));
        }
      }
      """;

  private Application load(Optional<Application> before) throws ConfigurationException {
    return Application.load(folder, List.of(), name -> null, Mode.DEV, before);
  }

  private void write(String file, String text) throws IOException {
    Files.createDirectories(folder.resolve(file).getParent());
    Files.writeString(folder.resolve(file), text);
  }
}
