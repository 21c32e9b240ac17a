package io.lhttp.app.settings;

import io.lhttp.Secrets;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.SecretMask;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key {@code admin}: {@code HOST:PORT}, {@code false}, or {@code { listen: HOST:PORT, token: …
 * }}.
 *
 * @param chosen whether the key is present; otherwise the command decides
 * @param access empty for no admin listener
 */
record AdminSettings(boolean chosen, Optional<AdminAccess> access) {
  static final AdminSettings DEFAULT = new AdminSettings(false, Optional.of(AdminAccess.DEFAULT));

  private static final AdminSettings OFF = new AdminSettings(true, Optional.empty());

  /** Whether both have the same listener; their tokens may differ. */
  boolean sameListener(AdminSettings other) {
    return chosen == other.chosen && address().equals(other.address());
  }

  private Optional<String> address() {
    return access.map(found -> found.host() + ":" + found.port());
  }

  Optional<Secrets> token() {
    return access.flatMap(AdminAccess::token);
  }

  static @Nullable AdminSettings read(Node node, String name, Binder binder) {
    return switch (node) {
      case Nothing _ -> DEFAULT;
      case Scalar scalar when scalar.text().equals("false") -> OFF;
      case Mapping mapping -> {
        var before = binder.problems().size();
        yield binder
            .bind(Written.class, mapping, name, Written.DEFAULT)
            // a token that can't be read must not be reported as missing, too
            .filter(_ -> binder.problems().size() == before)
            .map(written -> checked(node, name, written, binder))
            .orElse(null);
      }
      default -> {
        var listen = binder.value(Listen.class, node, name, Written.DEFAULT.listen());
        yield checked(node, name, new Written(listen, Optional.empty()), binder);
      }
    };
  }

  private static @Nullable AdminSettings checked(
      Node node, String name, Written written, Binder binder) {
    var host = written.listen().host().orElse(AdminAccess.DEFAULT.host());
    try {
      var access = new AdminAccess(host, written.listen().port(), written.token());
      return new AdminSettings(true, Optional.of(access));
    } catch (IllegalArgumentException e) {
      binder
          .problems()
          .add(node.place(), "%s: %s", name, SecretMask.sentence(String.valueOf(e.getMessage())));
      return null;
    }
  }

  /**
   * The key {@code admin} with keys below it.
   *
   * @param listen the address of the admin listener
   * @param token the text that requests send as {@code Authorization: Bearer}, of 16 characters at
   *     least; without one only this machine may connect. A reload replaces it
   */
  record Written(Listen listen, Optional<Secrets> token) {
    static final Written DEFAULT =
        new Written(new Listen(Optional.empty(), AdminAccess.DEFAULT.port()), Optional.empty());
  }
}
