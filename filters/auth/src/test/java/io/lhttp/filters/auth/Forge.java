package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Builds valid and invalid tokens byte by byte, without the library that reads them. */
public final class Forge {
  public static final String SECRET = "0123456789abcdef0123456789abcdef";

  private Forge() {}

  public static String hs256(String head, String claims, byte[] secret) {
    var input = base64(head) + "." + base64(claims);
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return input + "." + base64(mac.doFinal(input.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns a valid token, signed with {@link #SECRET}. */
  public static String token(String claims) {
    return hs256("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims, SECRET.getBytes(UTF_8));
  }

  public static String signed(String algorithm, String head, String claims, PrivateKey key) {
    var input = base64(head) + "." + base64(claims);
    try {
      var pss = algorithm.matches("SHA\\d+");
      var signature = Signature.getInstance(pss ? "RSASSA-PSS" : algorithm);
      if (pss) {
        var hash = algorithm.replace("SHA", "SHA-");
        var salt = Integer.parseInt(algorithm.substring(3)) / 8;
        signature.setParameter(
            new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), salt, 1));
      }
      signature.initSign(key);
      signature.update(input.getBytes(UTF_8));
      return input + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public static KeyPair rsa(int bits) {
    return pair("RSA", generator -> generator.initialize(bits));
  }

  public static KeyPair ec() {
    return ec("secp256r1");
  }

  public static KeyPair ec(String curve) {
    return pair("EC", generator -> generator.initialize(new ECGenParameterSpec(curve)));
  }

  /** Signs with the algorithm that a token names, such as {@code PS256}. */
  public static String signedAs(String algorithm, String head, String claims, PrivateKey key) {
    var hash = "SHA" + algorithm.substring(2);
    return switch (algorithm.substring(0, 2)) {
      case "RS" -> signed(hash + "withRSA", head, claims, key);
      case "PS" -> signed(hash, head, claims, key);
      case "ES" -> signed(hash + "withECDSAinP1363Format", head, claims, key);
      default -> signed("Ed25519", head, claims, key);
    };
  }

  public static KeyPair ed25519() {
    return pair("Ed25519", generator -> {});
  }

  public static String pem(PublicKey key) {
    return pem("PUBLIC KEY", key);
  }

  public static String pem(String kind, Key key) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(key.getEncoded()), kind);
  }

  /** Returns the same token with another text of its signature, for HS256. */
  public static String respelled(String token) {
    var letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    var last = letters.indexOf(token.charAt(token.length() - 1));
    var other = letters.charAt(last ^ 1); // a bit behind the 256 bits of the signature
    return token.substring(0, token.length() - 1) + other;
  }

  public static String base64(String text) {
    return base64(text.getBytes(UTF_8));
  }

  public static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private interface Setup {
    void apply(KeyPairGenerator generator) throws GeneralSecurityException;
  }

  private static KeyPair pair(String kind, Setup setup) {
    try {
      var generator = KeyPairGenerator.getInstance(kind);
      setup.apply(generator);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
