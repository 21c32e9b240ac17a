package io.lhttp.internal.control;

import io.lhttp.RefusedException;
import io.lhttp.control.Changes;
import io.lhttp.control.Reach;
import io.lhttp.control.RevocationList;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocation.Kind;
import io.lhttp.revocation.Revocations;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The parts of the operations on the list of revocations that need no other server. */
final class Revoking {
  private Revoking() {}

  /** Names an entry in the audit log; a hash is shortened there. */
  static String inWords(Kind kind, String target) {
    return switch (kind) {
      case USER, BLOCK -> "user " + target;
      case ID -> "jti " + target;
      case TOKEN -> "token " + target.substring(0, Math.min(12, target.length()));
      case ALL -> "all";
    };
  }

  /**
   * @throws RefusedException 400 if no entry can have this target
   */
  static String key(Kind kind, String target) {
    if (target.isEmpty() != (kind == Kind.ALL) || target.length() > Revocation.LONGEST_TARGET) {
      throw new RefusedException(
          400, "expected a target of 1 to %d characters".formatted(Revocation.LONGEST_TARGET));
    }
    return Revocation.key(kind, target);
  }

  /** The result of a removal, which closes no connection. */
  static Changes removed(Reach reach, Map<String, Answer.Counts> answers) {
    return new Changes(reach, 1, List.of());
  }

  static RevocationList list(Revocations from, Set<Kind> kinds, String after, int limit) {
    from.requireStored();
    var byKey = new TreeMap<String, Revocation>();
    for (var entry : from.entries()) {
      if (kinds.contains(entry.kind())) {
        var key = entry.key();
        if (key.compareTo(after) > 0) {
          byKey.put(key, entry);
          if (byKey.size() > limit + 1) {
            byKey.pollLastEntry();
          }
        }
      }
    }
    var first = byKey.values().stream().limit(limit).toList();
    return new RevocationList(first, byKey.size() > limit);
  }
}
