package io.lhttp.filters.auth;

import com.nimbusds.jose.JWSHeader;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The verification keys of one source, by name. Immutable. */
final class KeySet {
  private final List<VerificationKey> keys;
  private final Set<String> prints;
  private final Set<String> ids;

  KeySet(List<VerificationKey> keys) {
    this.keys = List.copyOf(keys);
    this.prints = keys.stream().map(VerificationKey::print).collect(Collectors.toUnmodifiableSet());
    this.ids =
        keys.stream().flatMap(key -> key.id().stream()).collect(Collectors.toUnmodifiableSet());
  }

  int size() {
    return keys.size();
  }

  /** The number of keys of the algorithm that has the most. */
  int mostAlike() {
    return keys.stream()
        .collect(Collectors.groupingBy(VerificationKey::algorithm, Collectors.counting()))
        .values()
        .stream()
        .mapToInt(Long::intValue)
        .max()
        .orElse(0);
  }

  /** Whether a key has this {@code kid}. */
  boolean names(String id) {
    return ids.contains(id);
  }

  /** Whether the set has the key with this {@link VerificationKey#print}. */
  boolean holds(String print) {
    return prints.contains(print);
  }

  boolean sameAs(KeySet other) {
    return prints.equals(other.prints);
  }

  /**
   * Returns the keys that may have signed this token: those with the token's algorithm whose id
   * does not differ from its {@code kid}.
   *
   * @return first the keys with the token's {@code kid}, then those without an id; all keys of the
   *     algorithm if the token has no {@code kid}
   */
  List<VerificationKey> matching(JWSHeader header) {
    var algorithm = header.getAlgorithm().getName();
    var id = header.getKeyID();
    return keys.stream()
        .filter(key -> key.algorithm().named(algorithm))
        .filter(key -> id == null || key.id().isEmpty() || key.id().get().equals(id))
        .sorted((a, b) -> Boolean.compare(a.id().isEmpty(), b.id().isEmpty()))
        .toList();
  }
}
