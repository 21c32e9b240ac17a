package io.lhttp.filters.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Connection;
import io.lhttp.Handshake;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import io.lhttp.message.Message;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A question to the backend: the person that it is about, and the matter. The answer's cache uses
 * both as its key. Immutable.
 *
 * @param matter adds the members that say what the client wants
 * @param trace the message whose trace continues at the backend; empty without a message
 */
record HookQuestion(
    Hook hook, Person person, Consumer<JsonObject> matter, Optional<Message> trace) {

  /**
   * The connection that a question is about.
   *
   * @param user empty for an anonymous client
   */
  private record Person(String connection, String user, String address) {
    static Person of(Connection connection) {
      return new Person(
          connection.id(), connection.principal().name(), address(connection.handshake().remote()));
    }

    private static String address(InetSocketAddress remote) {
      return remote.getAddress() == null ? "" : remote.getAddress().getHostAddress();
    }
  }

  /** Asks whether a connection may stay. */
  static HookQuestion connect(Connection connection, List<String> headers) {
    var handshake = connection.handshake();
    var named = named(handshake, headers);
    return new HookQuestion(
        Hook.CONNECT,
        Person.of(connection),
        to -> headers(to.text("path", handshake.uri()), named),
        Optional.empty());
  }

  /** Asks whether a connection may stay longer. */
  static HookQuestion refresh(Connection connection) {
    return new HookQuestion(Hook.REFRESH, Person.of(connection), to -> {}, Optional.empty());
  }

  /** Asks whether a client may subscribe to these channels. */
  static HookQuestion subscribe(Connection connection, Message message, List<String> channels) {
    return new HookQuestion(
        Hook.SUBSCRIBE,
        Person.of(connection),
        to -> to.texts("channels", channels),
        Optional.of(message));
  }

  /**
   * Asks about a whole message.
   *
   * @param channels the channels that the question is about; empty if it is about the command
   */
  static HookQuestion message(
      Hook hook,
      Connection connection,
      Message message,
      List<String> channels,
      List<String> headers) {
    var named = named(message, headers);
    return new HookQuestion(
        hook,
        Person.of(connection),
        to -> {
          to.text("command", message.command());
          if (hook == Hook.PUBLISH) {
            to.texts("channels", channels);
          }
          body(headers(to, named), message);
        },
        Optional.of(message));
  }

  /** The question's body. */
  String json() {
    return Json.object(to -> {
      to.text("hook", hook.text())
          .text("connection", person.connection)
          .text("user", person.user)
          .text("address", person.address);
      matter.accept(to);
    });
  }

  /** The key of answers for this user, or, without a user, for this connection alone. */
  String privateKey() {
    return hash(
        Json.object(to -> {
          to.text("hook", hook.text());
          if (person.user.isEmpty()) {
            to.text("connection", person.connection);
          } else {
            to.text("user", person.user);
          }
          matter.accept(to.text("address", person.address));
        }));
  }

  /** The key of answers for everybody. It has another form than any {@link #privateKey}. */
  String publicKey() {
    return "public " + hash(Json.object(to -> matter.accept(to.text("hook", hook.text()))));
  }

  private static Map<String, String> named(Handshake handshake, List<String> names) {
    var named = new LinkedHashMap<String, String>();
    for (var name : names) {
      var values = handshake.headers().getOrDefault(name, List.of());
      if (!values.isEmpty()) {
        named.put(name, String.join(", ", values));
      }
    }
    return named;
  }

  private static Map<String, String> named(Message message, List<String> names) {
    var named = new LinkedHashMap<String, String>();
    for (var name : names) {
      message.header(name).ifPresent(value -> named.put(name, value));
    }
    return named;
  }

  private static JsonObject headers(JsonObject to, Map<String, String> headers) {
    return to.object("headers", object -> headers.forEach(object::text));
  }

  private static void body(JsonObject to, Message message) {
    if (message.format() == Message.Format.TEXT) {
      to.text("body", message.body());
    } else {
      to.text("base64", Base64.getEncoder().encodeToString(message.bodyBytes()));
    }
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
