package io.lhttp.scripts.control;

import io.lhttp.CloseStatus;
import io.lhttp.HistoryRequest;
import io.lhttp.channel.Position;
import io.lhttp.control.Changes;
import io.lhttp.control.Control;
import io.lhttp.control.HistoryPage;
import io.lhttp.control.Reach;
import io.lhttp.control.Refresh;
import io.lhttp.control.Target;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonClaims;
import io.lhttp.internal.text.JsonObject;
import io.lhttp.internal.text.JsonReader;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Calls an operation with arguments in JSON, and returns its result in JSON. Stateless. */
final class OperationJson {
  private static final long HIGHEST_SECOND = Instant.MAX.getEpochSecond();

  private OperationJson() {}

  /**
   * Calls an operation.
   *
   * @param method the operation's name in scripts, such as {@code presenceStats}
   * @throws IllegalArgumentException if an argument is malformed
   */
  static CompletionStage<String> call(
      Control control, String method, String json, @Nullable Message message) {
    var in = Arguments.of(json);
    return switch (method) {
      case "publish" ->
          result(
              control.publish(in.text("channel"), Objects.requireNonNull(message)),
              (to, position) -> position.ifPresent(p -> to.text("position", p.toString())));
      case "broadcast" ->
          result(
              control.broadcast(in.texts("channels"), Objects.requireNonNull(message)),
              (to, broadcast) ->
                  broadcast
                      .results()
                      .forEach((channel, of) ->
                          to.object(
                              channel,
                              one -> {
                                of.position().ifPresent(p -> one.text("position", p.toString()));
                                of.refused()
                                    .ifPresent(why ->
                                        one.number("status", why.status())
                                            .text("reason", why.reason()));
                              })));
      case "subscribe" ->
          changes(control.subscribe(target(in), in.texts("channels"), historyRequest(in)));
      case "unsubscribe" -> changes(control.unsubscribe(target(in), in.texts("channels")));
      case "disconnect" ->
          changes(
              control.disconnect(
                  target(in),
                  new CloseStatus(in.integer("code", 1000), in.optional("reason").orElse(""))));
      case "refresh" -> changes(control.refresh(target(in), refresh(in)));
      case "revoke" -> changes(control.revoke(revocation(in)));
      case "unrevoke" -> {
        var tokens = tokens(in);
        yield changes(control.unrevoke(tokens.kind, tokens.target));
      }
      case "block" -> changes(control.block(in.text("user"), instant(in, "until")));
      case "unblock" -> changes(control.unblock(in.text("user")));
      case "presence" ->
          result(
              control.presence(in.text("channel"), after(in), limit(in)),
              (to, of) -> {
                to.objects(
                        "members",
                        of.members(),
                        (one, member) ->
                            one.text("user", member.user())
                                .number("connections", member.connections()))
                    .flag("truncated", of.truncated());
                reach(to, of.reach());
              });
      case "presenceStats" ->
          result(
              control.presenceStats(in.text("channel")),
              (to, of) -> {
                to.number("connections", of.connections())
                    .number("users", of.users())
                    .number("anonymous", of.anonymous())
                    .flag("exact", of.exact());
                reach(to, of.reach());
              });
      case "history" ->
          result(
              control.history(in.text("channel"), position(in), limit(in)), OperationJson::history);
      case "resetHistory" ->
          result(
              control.resetHistory(in.text("channel")),
              (to, of) -> to.text("position", of.toString()));
      case "channels" ->
          result(
              control.channels(in.optional("pattern").orElse("*"), after(in), limit(in)),
              (to, of) -> {
                to.objects(
                        "channels",
                        of.channels(),
                        (one, channel) ->
                            one.text("name", channel.name())
                                .number("subscribers", channel.subscribers()))
                    .flag("truncated", of.truncated());
                reach(to, of.reach());
              });
      case "connections" ->
          result(
              control.connections(optionalTarget(in), after(in), limit(in)),
              (to, of) -> {
                to.objects(
                        "connections",
                        of.connections(),
                        (one, connection) -> {
                          one.text("server", connection.server())
                              .text("id", connection.id())
                              .text("user", connection.user())
                              .number("since", connection.since().toEpochMilli())
                              .text("address", connection.address())
                              .texts("channels", connection.channels())
                              .number("channelCount", connection.channelCount())
                              .number("queuedBytes", connection.queuedBytes());
                          connection.session().ifPresent(id -> one.text("session", id));
                        })
                    .flag("truncated", of.truncated());
                reach(to, of.reach());
              });
      case "info" ->
          result(
              control.info(),
              (to, of) -> {
                to.objects(
                    "servers",
                    of.servers(),
                    (one, server) ->
                        one.text("id", server.id())
                            .flag("self", server.self())
                            .text("version", server.version())
                            .number("uptime", server.uptime().toMillis())
                            .number("connections", server.connections())
                            .number("channels", server.channels())
                            .number("generation", server.generation())
                            .flag("draining", server.draining()));
                reach(to, of.reach());
              });
      default -> throw new IllegalArgumentException("there is no operation " + method);
    };
  }

  private static <T> CompletionStage<String> result(
      CompletionStage<T> running, BiConsumer<JsonObject, T> write) {
    return running.thenApply(result -> Json.object(to -> write.accept(to, result)));
  }

  private static CompletionStage<String> changes(CompletionStage<Changes> running) {
    return result(
        running,
        (to, of) -> {
          to.number("changed", of.changed())
              .objects(
                  "refusals",
                  of.refusals(),
                  (one, refusal) ->
                      one.number("status", refusal.why().status())
                          .text("reason", refusal.why().reason())
                          .number("connections", refusal.connections()));
          reach(to, of.reach());
        });
  }

  private static void reach(JsonObject to, Reach reach) {
    to.object(
        "reach",
        of ->
            of.objects(
                    "servers",
                    reach.servers(),
                    (one, server) ->
                        one.text("id", server.id()).number("connections", server.connections()))
                .texts("silent", reach.silent())
                .flag("complete", reach.complete()));
  }

  private static void history(JsonObject to, HistoryPage page) {
    to.text("head", page.head().toString())
        .flag("recovered", page.recovered())
        .objects(
            "messages",
            page.entries(),
            (one, entry) -> {
              var message = entry.message();
              one.text("position", new Position(page.head().epoch(), entry.offset()).toString())
                  .text("command", message.command())
                  .value(
                      "headers",
                      message.headers().stream()
                          .map(header -> List.of(header.name(), header.value()))
                          .toList())
                  .text("body", message.body());
            })
        .flag("truncated", page.truncated());
  }

  private static Target target(Arguments in) {
    return optionalTarget(in)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "expected a target: { user }, { connection }, { session } or { channel }"));
  }

  private static Optional<Target> optionalTarget(Arguments in) {
    var target = in.object("target");
    if (target.isEmpty()) {
      return Optional.empty();
    }
    var of = target.get();
    if (of.members().size() != 1) {
      throw new IllegalArgumentException(
          "expected a target of one of user, connection, session and channel");
    }
    var kind = String.valueOf(of.members().keySet().iterator().next());
    var value = of.text(kind);
    return Optional.of(
        switch (kind) {
          case "user" -> Target.user(value);
          case "connection" -> Target.connection(value);
          case "session" -> Target.session(value);
          case "channel" -> Target.channel(value);
          default ->
              throw new IllegalArgumentException(
                  "there is no target by %s, expected user, connection, session or channel"
                      .formatted(kind));
        });
  }

  private static Optional<HistoryRequest> historyRequest(Arguments in) {
    return in.object("history")
        .map(of ->
            new HistoryRequest(
                of.members().get("since") == null ? List.of() : of.texts("since"),
                of.integer("last", 0)));
  }

  private static Refresh refresh(Arguments in) {
    return new Refresh(in.object("claims").map(Arguments::claims), instant(in, "expires"));
  }

  private static Revocation revocation(Arguments in) {
    var tokens = tokens(in);
    var before = instant(in, "before");
    return new Revocation(
        tokens.kind,
        tokens.target,
        tokens.kind.ofTime() ? before.or(() -> Optional.of(Instant.now())) : before,
        instant(in, "expires"));
  }

  private static Tokens tokens(Arguments in) {
    var of = in.object("tokens");
    if (of.isEmpty() || of.get().members().size() != 1) {
      throw new IllegalArgumentException("expected tokens by one of user, jti, sha256 and all");
    }
    var by = String.valueOf(of.get().members().keySet().iterator().next());
    return switch (by) {
      case "user" -> new Tokens(Revocation.Kind.USER, of.get().text(by));
      case "jti" -> new Tokens(Revocation.Kind.ID, of.get().text(by));
      case "sha256" -> new Tokens(Revocation.Kind.TOKEN, of.get().text(by));
      case "all" -> {
        if (!Boolean.TRUE.equals(of.get().members().get(by))) {
          throw new IllegalArgumentException("expected true as all");
        }
        yield new Tokens(Revocation.Kind.ALL, "");
      }
      default ->
          throw new IllegalArgumentException(
              "there are no tokens by %s, expected user, jti, sha256 or all".formatted(by));
    };
  }

  /** Reads an instant from seconds since 1970. */
  private static Optional<Instant> instant(Arguments in, String name) {
    return in.number(name)
        .map(seconds -> {
          if (!(Math.abs(seconds) <= HIGHEST_SECOND / 2.0)) {
            throw new IllegalArgumentException(name + " is a number of seconds since 1970");
          }
          return Instant.ofEpochMilli((long) (seconds * 1_000));
        });
  }

  private static Optional<Position> position(Arguments in) {
    return in.optional("since")
        .map(text ->
            Position.parse(text)
                .orElseThrow(() ->
                    new IllegalArgumentException(
                        "since is a position such as " + new Position("epoch", 1))));
  }

  private static String after(Arguments in) {
    return in.optional("after").orElse("");
  }

  private static int limit(Arguments in) {
    return in.integer("limit", 100);
  }

  /** The tokens that an entry of the list of revocations means. */
  private record Tokens(Revocation.Kind kind, String target) {}

  /** Reads the members of a JSON object. */
  private record Arguments(Map<?, ?> members) {
    private static final int MAX_DEPTH = 32;

    static Arguments of(String json) {
      if (JsonReader.read(json, MAX_DEPTH) instanceof Map<?, ?> map) {
        return new Arguments(map);
      }
      throw new IllegalArgumentException("the arguments are nested too deeply");
    }

    String text(String name) {
      return optional(name)
          .orElseThrow(() -> new IllegalArgumentException("expected a text as " + name));
    }

    Optional<String> optional(String name) {
      var value = members.get(name);
      if (value == null) {
        return Optional.empty();
      }
      if (value instanceof String text) {
        return Optional.of(text);
      }
      throw new IllegalArgumentException("expected a text as " + name);
    }

    Optional<Double> number(String name) {
      var value = members.get(name);
      if (value == null) {
        return Optional.empty();
      }
      if (value instanceof Double number) {
        return Optional.of(number);
      }
      throw new IllegalArgumentException("expected a number as " + name);
    }

    int integer(String name, int otherwise) {
      var number = number(name).orElse((double) otherwise);
      if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("expected a whole number as " + name);
      }
      return number.intValue();
    }

    List<String> texts(String name) {
      if (members.get(name) instanceof List<?> list
          && list.stream().allMatch(String.class::isInstance)) {
        return list.stream().map(String::valueOf).toList();
      }
      throw new IllegalArgumentException("expected a list of texts as " + name);
    }

    Optional<Arguments> object(String name) {
      var value = members.get(name);
      if (value == null) {
        return Optional.empty();
      }
      if (value instanceof Map<?, ?> map) {
        return Optional.of(new Arguments(map));
      }
      throw new IllegalArgumentException("expected an object as " + name);
    }

    /** The members as a principal's claims. */
    Map<String, Object> claims() {
      return JsonClaims.of(members);
    }
  }
}
