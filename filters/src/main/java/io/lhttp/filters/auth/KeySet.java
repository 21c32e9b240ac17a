package io.lhttp.filters.auth;

import com.nimbusds.jose.JWSHeader;
import java.util.List;
import java.util.Objects;

/** Keys to look a token's in up. Immutable. */
record KeySet(List<VerificationKey> keys) {
  static final KeySet EMPTY = new KeySet(List.of());

  KeySet {
    keys = List.copyOf(keys);
  }

  /**
   * Those that may have signed this: of its algorithm and, to the letter, of its {@code kid}. A key
   * of another algorithm is never tried.
   */
  List<VerificationKey> matching(JWSHeader header) {
    return keys.stream()
        .filter(key -> key.algorithm().jws().equals(header.getAlgorithm()))
        .filter(key ->
            header.getKeyID() == null || Objects.equals(key.id().orElse(null), header.getKeyID()))
        .toList();
  }
}
