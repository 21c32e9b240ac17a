package io.lhttp.filters.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A published set of keys (RFC 7517), read key by key: a key that can't be used is skipped, and the
 * others count (section 5). Immutable.
 *
 * @param skipped each skipped key with the reason
 */
record PublishedKeys(KeySet usable, List<String> skipped) {
  /** The most keys that are read, more than any issuer has; further ones are skipped. */
  static final int MOST = 1_000;

  /**
   * Members of a key that are ignored even if they are malformed; in particular no certificate is
   * read.
   */
  private static final Set<String> IGNORED =
      Set.of("x5u", "x5c", "x5t", "x5t#S256", "iat", "nbf", "exp");

  private static final int LONGEST_WORDS = 120;
  private static final int ED25519_BYTES = 32;

  /** The bytes before the 32 bytes of an Ed25519 key in the encoding of X.509 (RFC 8410). */
  private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

  PublishedKeys {
    skipped = List.copyOf(skipped);
  }

  /**
   * Parses a set of keys.
   *
   * @param rsa the algorithm of RSA keys that do not name one
   * @throws ParseException if the text is no set of keys
   */
  static PublishedKeys parse(String json, Algorithm rsa) throws ParseException {
    var found = entries(json);
    var usable = new ArrayList<VerificationKey>();
    var skipped = new ArrayList<String>();
    for (var i = 0; i < Math.min(found.size(), MOST); i++) {
      try {
        usable.add(key(found.get(i), rsa));
      } catch (UnusableKeyException e) {
        skipped.add(printable("keys[%d]%s: %s".formatted(i, id(found.get(i)), e.getMessage())));
      }
    }
    if (found.size() > MOST) {
      skipped.add("%d keys behind the first %d".formatted(found.size() - MOST, MOST));
    }
    return new PublishedKeys(new KeySet(usable), skipped);
  }

  private static List<?> entries(String json) throws ParseException {
    try {
      if (JSONObjectUtils.parse(json).get("keys") instanceof List<?> list) {
        return list;
      }
    } catch (RuntimeException | StackOverflowError e) {
      throw new ParseException("no JSON: " + e, 0);
    }
    throw new ParseException("no list \"keys\"", 0);
  }

  private static VerificationKey key(@Nullable Object entry, Algorithm rsa)
      throws UnusableKeyException {
    if (!(entry instanceof Map<?, ?> map)) {
      throw new UnusableKeyException("no JSON object");
    }
    try {
      @SuppressWarnings("unchecked") // member names in JSON are strings
      var members = new HashMap<>((Map<String, Object>) map);
      members.keySet().removeAll(IGNORED);
      var jwk = JWK.parse(members);
      requireForSignatures(jwk);
      return pinned(jwk, rsa);
    } catch (ParseException
        | JOSEException
        | GeneralSecurityException
        | RuntimeException
        | StackOverflowError e) {
      var message = e.getMessage();
      throw new UnusableKeyException(message == null ? e.toString() : message);
    }
  }

  private static void requireForSignatures(JWK jwk) throws UnusableKeyException {
    if (jwk.getKeyUse() != null && !jwk.getKeyUse().equals(KeyUse.SIGNATURE)) {
      throw new UnusableKeyException("its use is " + jwk.getKeyUse());
    }
    if (jwk.getKeyOperations() != null && !jwk.getKeyOperations().contains(KeyOperation.VERIFY)) {
      throw new UnusableKeyException("its key_ops are " + jwk.getKeyOperations());
    }
    if (jwk.getKeyRevocation() != null) {
      throw new UnusableKeyException("it is revoked");
    }
  }

  /**
   * Returns the key with its algorithm. If the key names an algorithm, it must fit the key's kind.
   */
  private static VerificationKey pinned(JWK jwk, Algorithm rsa)
      throws UnusableKeyException, JOSEException, GeneralSecurityException {
    var id = Optional.ofNullable(jwk.getKeyID());
    var named = named(jwk);
    var key = VerificationKey.of(id, publicKey(jwk), named.filter(Algorithm::rsa).orElse(rsa));
    if (named.isPresent() && named.get() != key.algorithm()) {
      throw new UnusableKeyException(
          "it says %s, and is a key for %s".formatted(named.get(), key.algorithm()));
    }
    return key;
  }

  private static Optional<Algorithm> named(JWK jwk) throws UnusableKeyException {
    if (jwk.getAlgorithm() == null) {
      return Optional.empty();
    }
    var name = jwk.getAlgorithm().getName();
    var known = Algorithm.of(name);
    if (known.isEmpty()) {
      throw new UnusableKeyException("its alg is " + name);
    }
    return known;
  }

  /**
   * Returns the public key. A secret in a published set is refused, because everybody can read it.
   */
  private static PublicKey publicKey(JWK jwk)
      throws UnusableKeyException, JOSEException, GeneralSecurityException {
    return switch (jwk) {
      case RSAKey rsa -> rsa.toRSAPublicKey();
      case ECKey ec -> ec.toECPublicKey();
      case OctetKeyPair ed when Curve.Ed25519.equals(ed.getCurve()) -> ed25519(ed.getDecodedX());
      default -> throw new UnusableKeyException("its kty is " + jwk.getKeyType());
    };
  }

  private static PublicKey ed25519(byte[] x) throws UnusableKeyException, GeneralSecurityException {
    if (x.length != ED25519_BYTES) {
      throw new UnusableKeyException("Ed25519 has 32 bytes, this one has " + x.length);
    }
    var encoded = new byte[ED25519.length + x.length];
    System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
    System.arraycopy(x, 0, encoded, ED25519.length, x.length);
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
  }

  private static String id(@Nullable Object entry) {
    return entry instanceof Map<?, ?> map && map.get("kid") != null
        ? " kid=" + printable(String.valueOf(map.get("kid")))
        : "";
  }

  /** Makes an issuer's text fit for the log: on one line, and cut short. */
  private static String printable(String text) {
    var one = text.replaceAll("[\\p{Cntrl}\"]", "?");
    return one.length() > LONGEST_WORDS ? one.substring(0, LONGEST_WORDS) + "…" : one;
  }

  private static final class UnusableKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableKeyException(String message) {
      super(message, null, false, false);
    }
  }
}
