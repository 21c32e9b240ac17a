package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.AttributeKey;
import io.lhttp.Attributes;
import io.lhttp.Processor;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Java and scripts read each other's attributes. */
class JavaAttributesTest extends ScriptTestBase {
  private record Point(int x, int y) {}

  private static final String SETS =
      """
      export function before(ctx) {
        ctx.connection.attributes
          .set("text", "a").set("number", 3).set("half", 0.5).set("flag", true)
          .set("list", [1, null, "b", [true]]).set("point", { x: 1, y: 2 })
          .set("bytes", new Uint8Array([1, 2, 255]).subarray(1));
        ctx.attributes.set("of", "exchange");
      }
      """;

  @Test
  void java_readsValuesOfScripts() {
    var seen = new ArrayList<Object>();
    Processor reads =
        exchange -> {
          var attributes = exchange.connection().attributes();
          seen.add(attributes.get(AttributeKey.of("text", String.class)).orElseThrow());
          seen.add(attributes.get(AttributeKey.of("number", Integer.class)).orElseThrow());
          seen.add(attributes.get(AttributeKey.of("half", Double.class)).orElseThrow());
          seen.add(attributes.get(AttributeKey.of("half", Integer.class)).isPresent());
          seen.add(attributes.get(AttributeKey.of("flag", Boolean.class)).orElseThrow());
          seen.add(attributes.get(AttributeKey.of("list", List.class)).orElseThrow());
          seen.add(attributes.get(AttributeKey.mapOf("point", Long.class)).orElseThrow());
          seen.add(attributes.get(AttributeKey.of("point", Point.class)).orElseThrow());
          seen.add(attributes.get(AttributeKey.of("bytes", byte[].class)).orElseThrow());
          seen.add(exchange.attributes().get(AttributeKey.of("of", String.class)).orElseThrow());
        };
    var chain = filter(SETS, reads);
    chain.send(chain.connect("jack"), Message.of("chat", ""));

    assertThat(seen)
        .containsExactly(
            "a",
            3,
            0.5,
            false,
            true,
            Arrays.asList(1.0, null, "b", List.of(true)),
            Map.of("x", 1L, "y", 2L),
            new Point(1, 2),
            new byte[] {2, (byte) 255},
            "exchange");
  }

  @Test
  void scripts_readValuesOfJava() {
    var values = new java.util.LinkedHashMap<String, Object>();
    values.put("text", "a");
    values.put("int", 3);
    values.put("long", 1L << 53);
    values.put("tooLong", (1L << 53) + 1);
    values.put("big", BigInteger.TEN);
    values.put("flag", true);
    values.put("list", Arrays.asList(1, null, "b", List.of(true)));
    values.put("map", Map.of("a", 1.5));
    values.put("bytes", new byte[] {1, (byte) 255});
    values.put("object", new AtomicInteger());
    values.put("objects", List.of(new AtomicInteger()));
    values.put("lhttp.own", "hidden");
    var chain =
        filter(
            """
            export function before(ctx) {
              const { attributes } = ctx.connection;
              const show = (v) => v instanceof Uint8Array ? "bytes " + v.join(" ") : JSON.stringify(v);
              ctx.send(JSON.parse(ctx.body).map((n) =>
                attributes.has(n) ? n + "=" + show(attributes.get(n)) : "no " + n).join("; "));
            }
            """,
            exchange -> {});
    var connection = chain.connect("jack");
    values.forEach(
        (name, value) -> connection.attributes().set(AttributeKey.of(name, Object.class), value));

    var names = values.keySet().stream().map(name -> "\"" + name + "\"").toList().toString();
    assertThat(chain.send(connection, Message.of("chat", names)).replies().getFirst().body())
        .isEqualTo(
            "text=\"a\"; int=3; long=9007199254740992; no tooLong; big=10; flag=true;"
                + " list=[1,null,\"b\",[true]]; map={\"a\":1.5}; bytes=bytes 1 255; no object;"
                + " no objects; no lhttp.own");
  }

  @Test
  void scripts_replaceNoObjectsOfJava() {
    var chain =
        filter(
            """
            export function before(ctx) {
              const { attributes } = ctx.connection;
              const tries = [
                () => attributes.set("object", 1), () => attributes.delete("object"),
                () => attributes.set("lhttp.x", 1), () => attributes.set("text", "b")];
              ctx.send(tries.map((f) => {
                try { f(); return "done"; } catch (e) { return e.message; } }).join("; "));
            }
            """,
            exchange -> {});
    var connection = chain.connect("jack");
    var object = new AtomicInteger();
    connection.attributes().set(AttributeKey.of("object", AtomicInteger.class), object);
    connection.attributes().set(AttributeKey.of("text", String.class), "a");

    assertThat(chain.send(connection, Message.of("chat", "")).replies().getFirst().body())
        .contains("the attribute 'object' holds a Java object", "belong to the server: lhttp.x")
        .endsWith("; done");
    assertThat(text(connection.attributes())).isEqualTo("b");
    assertThat(connection.attributes().find("object")).isSameAs(object);
  }

  @Test
  void bytes_overBound_areRefused() {
    var chain =
        filter(
            """
            export function before(ctx) {
              try { ctx.attributes.set("b", new Uint8Array(70_000)); } catch (e) { ctx.send(e.message); }
              ctx.attributes.set("b", new Uint8Array(60_000));
              try { ctx.attributes.set("c", new Uint8Array(6_000)); } catch (e) { ctx.send("full"); }
            }
            """,
            exchange -> {});
    assertThat(chain.send(chain.connect("jack"), Message.of("chat", "")).replies())
        .extracting(Message::body)
        .containsExactly("attributes hold 65536 bytes, see scripts.attribute-bytes", "full");
  }

  private static String text(Attributes attributes) {
    return attributes.get(AttributeKey.of("text", String.class)).orElseThrow();
  }

  private TestChain filter(String text, Processor processor) {
    var script = new Folder(path).write("filters/f.js", text).read(host, "filters/f.js");
    return TestChain.builder()
        .filter("f", script.filter("f", Map.of()))
        .processor("chat", processor)
        .build();
  }
}
