package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Principal;
import io.lhttp.filters.auth.AuthOptions.ApiKey;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The fixed tokens of the configuration; the filter owns it. A look-up compares the token with the
 * hashes of all API keys, so that its duration reveals nothing to an attacker. Immutable.
 */
final class ApiKeys {
  private final List<Entry> entries = new ArrayList<>();

  /**
   * The hash of an API key with its grant. Entries are never compared by equals, which would not
   * compare arrays by content.
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Entry(byte[] hash, Grant grant) {}

  ApiKeys(Map<String, ApiKey> keys) {
    keys.forEach((name, key) -> {
      var principal = new Principal(name, Claims.frozen(key.claims()));
      var grant = Grant.known(principal);
      hashes(key).forEach(hash -> entries.add(new Entry(hash, grant)));
    });
  }

  Optional<Grant> find(String token) {
    if (entries.isEmpty()) {
      return Optional.empty();
    }
    var hash = Digests.sha256(token.getBytes(UTF_8));
    Optional<Grant> found = Optional.empty();
    for (var entry : entries) {
      if (MessageDigest.isEqual(entry.hash, hash)) {
        found = Optional.of(entry.grant);
      }
    }
    return found;
  }

  private static Stream<byte[]> hashes(ApiKey key) {
    return key.sha256().isPresent()
        ? key.sha256().get().all().stream().map(hash -> HexFormat.of().parseHex(hash.text()))
        : key.key().orElseThrow().all().stream().map(secret -> Digests.sha256(secret.bytes()));
  }
}
