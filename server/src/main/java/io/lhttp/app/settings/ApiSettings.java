package io.lhttp.app.settings;

import io.lhttp.Secrets;
import io.lhttp.app.api.ApiKey;
import io.lhttp.app.api.ApiKeys;
import io.lhttp.app.api.method.Method;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.SecretMask;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The key {@code api}.
 *
 * @param listen the address of a listener for the server API alone; a port alone is on this machine
 *     only. The admin listener has the API, too
 * @param keys the keys that may call the server API, by names of your own, which the audit log
 *     shows. A reload replaces them
 */
public record ApiSettings(Optional<Listen> listen, Map<String, ApiKey> keys) {
  static final ApiSettings DEFAULT = new ApiSettings(Optional.empty(), Map.of());

  private static final Secrets NOTHING = Secrets.of("no secret was read");

  /** The host of a listener whose address has none. */
  private static final String HOST = "127.0.0.1";

  /**
   * @throws IllegalArgumentException if keys don't fit together
   */
  public ApiSettings {
    var _ = new ApiKeys(keys);
  }

  /** Whether there is a listener that nobody may use. */
  boolean useless() {
    return listen.isPresent() && keys.isEmpty();
  }

  /** The keys as requests are compared with them. */
  public ApiKeys valid() {
    return new ApiKeys(keys);
  }

  /** The host of the API's own listener. */
  public static String host(Listen listen) {
    return listen.host().orElse(HOST);
  }

  /** Reads a key: its secret, or its secret with the methods that it may call. */
  static @Nullable ApiKey key(Node node, String name, Binder binder) {
    var before = binder.problems().size();
    var written =
        node instanceof Mapping
            ? binder.bind(WrittenKey.class, node, name)
            : secret(node, name, binder).map(secret -> new WrittenKey(secret, Set.of()));
    if (written.isEmpty() || binder.problems().size() > before) {
      return null;
    }
    try {
      return new ApiKey(written.get().secret(), written.get().methods());
    } catch (IllegalArgumentException e) {
      binder
          .problems()
          .add(node.place(), "%s: %s", name, SecretMask.sentence(String.valueOf(e.getMessage())));
      return null;
    }
  }

  private static Optional<Secrets> secret(Node node, String name, Binder binder) {
    var before = binder.problems().size();
    var secret = binder.value(Secrets.class, node, name, NOTHING);
    return binder.problems().size() > before ? Optional.empty() : Optional.of(secret);
  }

  /**
   * A key with keys below it.
   *
   * @param secret the text that requests send as {@code Authorization: Bearer} or in {@code
   *     x-api-key}, of 16 characters at least
   * @param methods the methods that the key may call; all by default
   */
  record WrittenKey(Secrets secret, Set<Method> methods) {}
}
