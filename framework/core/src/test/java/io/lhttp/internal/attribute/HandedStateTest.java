package io.lhttp.internal.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.CodeVersion;
import io.lhttp.internal.attribute.HandedState.LostException;
import io.lhttp.message.Message;
import java.net.ServerSocket;
import java.net.URLClassLoader;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The state of a link fits its successor, and leads to no class that was replaced. */
class HandedStateTest {
  private static final String CODE =
      """
      import io.lhttp.*;
      import java.util.*;
      record Login(String name, int count%s) {}
      enum Role { ADMIN, USER }
      class Plain {}
      class Link<S> implements HandsOver<S>, Filter {
        public Optional<S> handOver() { return Optional.empty(); }
        public void takeOver(Optional<S> state) {}
      }
      abstract class Listing<T> extends Link<List<T>> {}
      class Anything extends Link<Object> {}
      class Counters extends Link<Map<String, java.util.concurrent.atomic.LongAdder>> {}
      class Logins extends Link<Map<String, Login>> {}
      class ByLogin extends Link<Map<Login, Map<Role, Integer>>> {}
      class Listed extends Listing<Login> {}
      class Queued extends Link<Queue<Login>> {}
      class Numbers extends Link<Map<String, Long>> {}
      class Text extends Link<String> {}
      """;

  @TempDir private Path folder;

  @Test
  void stateOfJdk_isSameObject() throws Exception {
    var to = version("");
    var counters = new ConcurrentHashMap<>(Map.of("a", new LongAdder()));
    assertThat(convert(counters, to.make("Counters"))).isSameAs(counters);
    try (var socket = new ServerSocket();
        var channel = ServerSocketChannel.open()) {
      for (var state :
          List.of(
              socket,
              channel,
              Message.of("a", "b"),
              new byte[] {1},
              new TreeMap<>(Map.of("a", List.of(Optional.of(1)))),
              ConcurrentHashMap.newKeySet(),
              new ConcurrentLinkedQueue<>(List.of("x")))) {
        assertThat(convert(state, to.make("Anything"))).isSameAs(state);
      }
    }
  }

  @Test
  void records_areCarriedOverWithTheirContainers() throws Exception {
    var from = version("");
    var to = version(", boolean known");
    var login = from.make("Login", "jack", 3);
    var logins = new ConcurrentHashMap<String, Object>(Map.of("j", login));

    assertThat(convert(logins, to.make("Logins")))
        .isInstanceOf(ConcurrentHashMap.class)
        .hasToString("{j=Login[name=jack, count=3, known=false]}");
    assertThat(convert(new ArrayList<>(List.of(login)), to.make("Listed")))
        .hasToString("[Login[name=jack, count=3, known=false]]");
    assertThat(convert(new ArrayDeque<>(List.of(login)), to.make("Queued")))
        .isInstanceOf(Queue.class)
        .extracting(queue -> ((Queue<?>) queue).peek())
        .hasToString("Login[name=jack, count=3, known=false]");
    assertThat(
            convert(
                new HashMap<>(Map.of(login, Map.of(from.constant("Role", "USER"), 7))),
                to.make("ByLogin")))
        .hasToString("{Login[name=jack, count=3, known=false]={USER=7}}")
        .extracting(map -> ((Map<?, ?>) map).keySet().iterator().next())
        .isInstanceOf(to.type("Login"));
  }

  @Test
  void otherTypes_areConvertedIfNothingIsLost() throws Exception {
    var to = version("");

    assertThat(convert(new LinkedHashMap<>(Map.of("a", 1)), to.make("Numbers")))
        .isEqualTo(Map.of("a", 1L));
    assertThatThrownBy(() -> convert(Map.of("a", "one"), to.make("Numbers")))
        .isInstanceOf(LostException.class)
        .hasMessageContaining("java.lang.String is no java.lang.Long, and a java.util.")
        .hasMessageContaining("can't become a java.util.Map<java.lang.String, java.lang.Long>");
    assertThatThrownBy(() -> convert(3, to.make("Text")))
        .isInstanceOf(LostException.class)
        .hasMessageContaining("a java.lang.Integer can't become a java.lang.String");
  }

  @Test
  void largeState_isCheckedWhole() throws Exception {
    var from = version("");
    var to = version("");
    var state = new ArrayList<Object>(Collections.nCopies(50_000, "text"));
    assertThat(convert(state, to.make("Anything"))).isSameAs(state);

    state.add(from.make("Plain"));
    assertThatThrownBy(() -> convert(state, to.make("Anything")))
        .isInstanceOf(LostException.class)
        .hasMessageContaining("Plain is");
  }

  @ParameterizedTest
  @CsvSource({
    "plain, Plain is an object of a replaced class",
    "held, Plain is an object of a replaced class",
    "reference, java.util.concurrent.atomic.AtomicReference is an object of a replaced class",
    "class, java.lang.Class is an object of a replaced class",
    "executor, may lead to an object of a replaced class",
    "future, java.util.concurrent.CompletableFuture may lead",
    "thread, java.lang.Thread may lead",
    "view, java.util.Collections$SynchronizedMap is a view",
    "unknown, a Login can't become a java.lang.Object",
    "loader, java.net.URLClassLoader may lead",
  })
  void objectThatHoldsReplacedClass_isRefusedByName(String what, String reason) throws Exception {
    var from = version("");
    var to = version("");
    try (var executor = Executors.newSingleThreadExecutor()) {
      var plain = from.make("Plain");
      var states =
          Map.of(
              "plain",
              plain,
              "held",
              Map.of("a", List.of(plain)),
              "reference",
              new AtomicReference<>(from.make("Login", "jack", 1)),
              "class",
              from.type("Login"),
              "executor",
              executor,
              "future",
              new CompletableFuture<>(),
              "thread",
              new Thread(() -> {}),
              "view",
              Collections.synchronizedMap(new HashMap<>()),
              "unknown",
              from.make("Login", "jack", 1),
              "loader",
              from.loader());

      assertThatThrownBy(() -> convert(states.getOrDefault(what, ""), to.make("Anything")))
          .isInstanceOf(LostException.class)
          .hasMessageContaining(reason)
          .hasMessageContaining("create them anew in takeOver()");
    }
  }

  @Test
  void recordThatDoesNotFit_isRefusedWithReason() throws Exception {
    var from = version("");
    var to =
        CodeVersion.of(
            folder,
            CODE.formatted("").replace("record Login(String name", "record Login(int name"));

    assertThatThrownBy(() -> convert(Map.of("a", from.make("Login", "jack", 1)), to.make("Logins")))
        .isInstanceOf(LostException.class)
        .hasMessageContaining("the component 'name' can't be a int");
  }

  @Test
  void objectOfJar_isPassedUnlessItHoldsReplacedClass() throws Exception {
    var jar =
        CodeVersion.of(
            folder,
            """
            class Pool {
              Object held = "a";
              java.util.concurrent.ExecutorService threads =
                  java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor();
            }
            """);
    var from = below(jar, version(""));
    var to = below(jar, version(""));
    var pool = jar.make("Pool");
    assertThat(convert(pool, to.make("Anything"))).isSameAs(pool);

    var held = jar.type("Pool").getDeclaredField("held");
    held.setAccessible(true);
    held.set(pool, from.make("Plain"));
    assertThatThrownBy(() -> convert(pool, to.make("Anything")))
        .isInstanceOf(LostException.class)
        .hasMessageContaining("Pool");
  }

  /** The same classes with the loader of a jar as the parent. */
  private static CodeVersion below(CodeVersion jar, CodeVersion code) {
    return new CodeVersion(
        new URLClassLoader(((URLClassLoader) code.loader()).getURLs(), jar.loader()));
  }

  private static Object convert(Object state, Object to) throws LostException {
    return HandedState.convert(state, to).state().orElseThrow();
  }

  private CodeVersion version(String component) throws Exception {
    return CodeVersion.of(folder, CODE.formatted(component));
  }
}
