package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.code.ClassLoaders;
import io.lhttp.testing.Eventually;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attributes of open connections outlive each version of the code that has set them. */
class AttributesReloadTest extends ReloadFixture {
  @BeforeEach
  void anApplication() throws Exception {
    write("filters/Users.java", users(0));
    write(
        "processors/seen.js",
        "export function onMessage(ctx) { ctx.send(ctx.connection.attributes.get('nick')); }");
    write("lhttp.yaml", "chain: [Users]\nprocessors: { who: Who }\n");
    write("processors/Who.java", WHO);
    start();
  }

  @Test
  void manyReloads_keepLoginAndReleaseClassLoaders() throws Exception {
    assertThat(ask("who", "jack")).isEqualTo("v0 jack 1");
    assertThat(ask("seen", "")).isEqualTo("JACK");
    var loaders = new ArrayList<WeakReference<ClassLoader>>();
    for (var version = 1; version <= 5; version++) {
      loaders.add(loaderOfFirst());
      write("filters/Users.java", users(version));
      assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);

      assertThat(ask("who", "")).isEqualTo("v" + version + " jack " + (version + 1));
    }
    assertThat(ask("seen", "")).isEqualTo("JACK");
    Eventually.holds(
        "no class loader of a replaced version is left, while the connection is open",
        () -> ClassLoaders.collected(loaders));
  }

  @Test
  void silentConnection_keepsNoReplacedClass() throws Exception {
    ask("who", "jack");
    var loader = loaderOfFirst();
    write("filters/Users.java", users(1));
    reloader.reload();

    Eventually.holds(
        "the class loader goes although nobody reads the attribute",
        () -> ClassLoaders.collected(List.of(loader)));
    assertThat(ask("who", "")).isEqualTo("v1 jack 2");
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
}
