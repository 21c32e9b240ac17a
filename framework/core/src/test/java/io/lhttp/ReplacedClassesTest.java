package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.attribute.DroppedAttributeLog;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attributes outlive the classes of their values, and keep no replaced class in memory. */
class ReplacedClassesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private final Attributes attributes = new Attributes();
  private final ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
  private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();

  @Test
  void read_byClassOfSameName_takesComponents() throws Exception {
    var one = version("record Login(String name, int age) {}");
    var two = version("record Login(String name, int age) {}");
    set(one.make("Login", "jack", 7));

    var read = get(two.type("Login"));
    assertThat(read).hasToString("Login[name=jack, age=7]").isInstanceOf(two.type("Login"));
    assertThat(get(two.type("Login"))).as("one object for all reads").isSameAs(read);
    assertThat(get(one.type("Login"))).hasToString("Login[name=jack, age=7]");
  }

  @Test
  void release_record_isReadByItsSuccessor() throws Exception {
    var one =
        version(
            "enum Role { USER, ADMIN }",
            "record Pet(String name) {}",
            """
            record Login(String name, int age, Role role, java.util.List<Pet> pets,
                java.util.Map<String, Pet> named, java.util.Optional<Pet> best,
                java.util.concurrent.atomic.AtomicInteger count) {}
            """);
    var two =
        version(
            "enum Role { ADMIN, USER }",
            "record Pet(String name, boolean tame) {}",
            """
            record Login(long age, Role role, java.util.List<? extends Pet> pets,
                java.util.Map<String, Pet> named, java.util.Optional<Pet> best,
                java.util.concurrent.atomic.AtomicInteger count, String note, double score) {}
            """);
    var pet = one.make("Pet", "rex");
    var count = new AtomicInteger(3);
    var concurrent = new ConcurrentHashMap<>(Map.of("r", pet));
    set(
        one.make(
            "Login",
            "jack",
            7,
            one.constant("Role", "ADMIN"),
            List.of(pet),
            concurrent,
            java.util.Optional.of(pet),
            count));

    release(one);
    var read = get(two.type("Login"));
    assertThat(read)
        .hasToString(
            "Login[age=7, role=ADMIN, pets=[Pet[name=rex, tame=false]],"
                + " named={r=Pet[name=rex, tame=false]}, best=Optional[Pet[name=rex, tame=false]],"
                + " count=3, note=null, score=0.0]");
    var named = two.type("Login").getDeclaredMethod("named");
    named.setAccessible(true);
    assertThat(named.invoke(read)).isInstanceOf(ConcurrentHashMap.class);
    count.incrementAndGet();
    assertThat(String.valueOf(read)).contains("count=4");
  }

  @Test
  void release_recordsInCycle_areDropped() throws Exception {
    var one =
        version(
            "record Room(java.util.Map<String, Player> players) {}",
            "record Player(String name, Room room) {}");
    var players = new HashMap<String, Object>();
    var room = one.make("Room", players);
    for (var name : List.of("ann", "bob", "cy", "dee")) {
      players.put(name, one.make("Player", name, room));
    }
    set(Objects.requireNonNull(players.get("ann")));

    release(one);

    assertThat(attributes.find("login")).isNull();
  }

  @Test
  void release_recordWithObjectOfReplacedClass_isDropped() throws Exception {
    var one = version("class Plain {}", "record Login(String name, Plain plain) {}");
    set(one.make("Login", "jack", one.make("Plain")));

    release(one);

    assertThat(attributes.find("login")).isNull();
  }

  @Test
  void release_manyVersions_holdNoClassLoader() throws Exception {
    for (var version = 0; version < 6; version++) {
      useOnce();
    }
    awaitGone(6);
    assertThat(get(version("record Login(String name) {}").type("Login")))
        .hasToString("Login[name=jack]");
  }

  private void useOnce() throws Exception {
    var version = version("record Login(String name) {}", "class Plain {}");
    loaders.add(new WeakReference<>(version.loader(), gone));
    set(version.make("Login", "jack"));
    var plain = version.make("Plain");
    for (var holder :
        Map.of(
                "list",
                List.of(plain),
                "map",
                new HashMap<>(Map.of("k", plain)),
                "array",
                new Object[] {plain},
                "class",
                plain.getClass(),
                "reference",
                new AtomicReference<>(plain),
                "comparator",
                new TreeMap<>(Map.of("a", plain)),
                "logins",
                List.of(version.make("Login", "jill")))
            .entrySet()) {
      attributes.set(AttributeKey.of(holder.getKey(), Object.class), holder.getValue());
    }
    release(version);
    assertThat(attributes.find("list")).isNull();
    assertThat(attributes.find("logins")).isNotNull();
  }

  @Test
  void release_valuesOfJdkAndOfOtherLoaders_stay() throws Exception {
    var gone = version("class Plain {}");
    var running = version("class Plain { final Object inside = java.util.List.of(1); }");
    var future = new CompletableFuture<String>();
    var values =
        Map.of(
            "text",
            "a",
            "list",
            new ArrayList<>(List.of(1, "b")),
            "counter",
            new AtomicInteger(),
            "future",
            future,
            "object",
            running.make("Plain"),
            "bytes",
            new byte[] {1});
    values.forEach((name, value) -> attributes.set(AttributeKey.of(name, Object.class), value));

    release(gone);
    values.forEach((name, value) -> assertThat(attributes.find(name)).as(name).isSameAs(value));
  }

  @Test
  void release_opaqueObjectOfReplacedCode_isDropped() throws Exception {
    var one =
        version(
            """
            class Keeps implements java.util.function.Consumer<io.lhttp.Attributes> {
              public void accept(io.lhttp.Attributes to) {
                to.set(io.lhttp.AttributeKey.of("future", java.util.concurrent.Future.class),
                    new java.util.concurrent.CompletableFuture<>());
                to.set(io.lhttp.AttributeKey.of("text", String.class), "stays");
              }
            }
            """);
    @SuppressWarnings("unchecked")
    var keeps = (java.util.function.Consumer<Attributes>) one.make("Keeps");
    keeps.accept(attributes);

    release(one);
    assertThat(attributes.find("future")).isNull();
    assertThat(attributes.find("text")).isEqualTo("stays");
  }

  @Test
  void partThatDoesNotFit_isNamedWithItsClass() throws Exception {
    var one = version("enum Mood { GOOD, BAD }", "record Basket(Mood mood) {}");
    var two = version("enum Mood { BAD }", "record Basket(Mood mood) {}");
    var name = "basket-" + UUID.randomUUID(); // each name is logged once a minute
    attributes.set(
        AttributeKey.of(name, Object.class), one.make("Basket", one.constant("Mood", "GOOD")));
    try (var log = new CapturedLog(DroppedAttributeLog.class)) {
      assertThat(attributes.get(AttributeKey.of(name, two.type("Basket")))).isEmpty();

      assertThat(log.messages())
          .singleElement()
          .asString()
          .contains("class=Mood because it has no constant 'GOOD'");
    }
  }

  @Test
  void droppedLambda_isNamedOnceByClassThatContainsIt() throws Exception {
    var source =
        """
        class Cart implements java.util.function.Supplier<Object> {
          public Object get() { return (Runnable) () -> {}; }
        }
        """;
    var name = "cart-" + UUID.randomUUID();
    try (var log = new CapturedLog(DroppedAttributeLog.class)) {
      for (var i = 0; i < 2; i++) {
        var one = version(source);
        var cart = (Supplier<?>) one.make("Cart");
        attributes.set(AttributeKey.of(name, Object.class), cart.get());
        release(one);
      }

      assertThat(log.messages()).singleElement().asString().contains(" class=Cart because");
    }
  }

  @Test
  void read_constructorRefuses_isAbsent() throws Exception {
    var one = version("record Login(String name) {}");
    var two =
        version(
            """
            record Login(String name, String key) {
              Login { java.util.Objects.requireNonNull(key, "key"); }
            }
            """);
    set(one.make("Login", "jack"));
    assertThat(get(two.type("Login"))).isNull();
    assertThat(get(one.type("Login"))).as("still there for the running class").isNotNull();

    release(one);
    assertThat(get(two.type("Login"))).isNull();
    assertThat(attributes.find("login")).as("dropped").isNull();
  }

  @Test
  void listOf_recordsOfReplacedClass_areConvertedOnce() throws Exception {
    var one = version("record Pet(String name) {}");
    var two = version("record Pet(String name) {}");
    attributes.set(
        AttributeKey.of("pets", Object.class), new ArrayList<>(List.of(one.make("Pet", "rex"))));
    var key = AttributeKey.listOf("pets", two.type("Pet"));
    var pets = attributes.get(key).orElseThrow();
    assertThat(pets).hasToString("[Pet[name=rex]]");
    assertThat(attributes.get(key).orElseThrow()).isSameAs(pets);

    release(two);
    assertThat(attributes.get(AttributeKey.listOf("pets", one.type("Pet"))).orElseThrow())
        .hasToString("[Pet[name=rex]]");
  }

  private void set(Object value) {
    attributes.set(AttributeKey.of("login", Object.class), value);
  }

  private @Nullable Object get(Class<?> type) {
    return attributes.get(AttributeKey.of("login", type)).orElse(null);
  }

  private void release(CodeVersion version) {
    attributes.release(version.loader()::equals);
  }

  private void awaitGone(int count) throws Exception {
    var end = System.nanoTime() + PATIENCE.toNanos();
    for (var seen = 0; seen < count && System.nanoTime() < end; ) {
      System.gc();
      seen += gone.remove(20) == null ? 0 : 1;
    }
    assertThat(loaders).allMatch(loader -> loader.refersTo(null));
  }

  private CodeVersion version(String... sources) throws Exception {
    return CodeVersion.of(folder, sources);
  }
}
