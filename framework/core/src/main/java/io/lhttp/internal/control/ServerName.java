package io.lhttp.internal.control;

import io.lhttp.channel.Peers;
import java.security.SecureRandom;
import java.util.Map;

/** Makes the names under which servers know each other. Stateless. */
public final class ServerName {
  private static final String LETTERS = "0123456789abcdefghijkmnpqrstuvwxyz";
  private static final int RANDOM = 10;
  private static final int HOST = 40;

  private ServerName() {}

  /** Returns the host's name, as the environment has it, and random letters. */
  public static String next() {
    return next(System.getenv());
  }

  static String next(Map<String, String> environment) {
    var host = environment.getOrDefault("HOSTNAME", environment.getOrDefault("COMPUTERNAME", ""));
    var name = new StringBuilder();
    for (var i = 0; i < host.length() && name.length() < HOST && host.charAt(i) != '.'; i++) {
      if (permitted(host.charAt(i))) {
        name.append(host.charAt(i));
      }
    }
    if (name.isEmpty()) {
      name.append("server");
    }
    name.append('-');
    var random = new SecureRandom();
    for (var i = 0; i < RANDOM; i++) {
      name.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return name.toString();
  }

  /** Whether a text can be a server's name. */
  public static boolean valid(String name) {
    return !name.isEmpty()
        && name.length() <= Peers.MAX_NAME
        && name.chars().allMatch(c -> permitted((char) c));
  }

  private static boolean permitted(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }
}
