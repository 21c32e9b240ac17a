package io.lhttp.server.internal.address;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lists that proxies append to, and the header {@code Forwarded} (RFC 7239), from the right: the
 * last element is the nearest proxy's, and nothing to its left can change how it reads. An open
 * quotation mark that a client sent ends where that client's text ends.
 */
public final class ForwardedHeader {
  /** No request comes by so many proxies, and a client can write any number of elements. */
  public static final int MOST = 64;

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private ForwardedHeader() {}

  /**
   * The words of each proxy, the nearest one's first. An element that is malformed says nothing.
   */
  public static List<Hop> hops(List<String> lines) {
    return fromTheRight(lines, ',').stream().map(ForwardedHeader::hop).toList();
  }

  /**
   * The elements of a header's lines, the last one first, {@link #MOST} of them. A separator
   * between quotation marks is none.
   */
  public static List<String> fromTheRight(List<String> lines, char separator) {
    var elements = new ArrayList<String>();
    for (var line : lines.reversed()) {
      var end = line.length();
      var quoted = false;
      for (var i = line.length() - 1; i >= 0; i--) {
        var c = line.charAt(i);
        if (c == '"' && !escaped(line, i)) {
          quoted = !quoted;
        } else if (c == separator && !quoted) {
          elements.add(line.substring(i + 1, end).strip());
          end = i;
          if (elements.size() == MOST) {
            return elements;
          }
        }
      }
      elements.add(line.substring(0, end).strip());
      if (elements.size() == MOST) {
        return elements;
      }
    }
    return elements;
  }

  /** Whether an odd number of backslashes stands before this place. */
  private static boolean escaped(String line, int place) {
    var before = place;
    while (before > 0 && line.charAt(before - 1) == '\\') {
      before--;
    }
    return (place - before) % 2 == 1;
  }

  private static Hop hop(String element) {
    var pairs = new HashMap<String, String>();
    for (var pair : fromTheRight(List.of(element), ';')) {
      if (pair.isEmpty()) {
        continue; // RFC 7239, section 4, allows it
      }
      var equals = pair.indexOf('=');
      var name = equals < 0 ? "" : pair.substring(0, equals).toLowerCase(Locale.ROOT);
      var value = equals < 0 ? null : value(pair.substring(equals + 1));
      if (value == null
          || !TOKEN.matcher(name).matches()
          || pairs.put(name, value) != null) { // section 4: each one once
        return Hop.NOTHING;
      }
    }
    return new Hop(
        Optional.ofNullable(pairs.get("for")).flatMap(ForwardedHeader::node),
        Optional.ofNullable(pairs.get("proto")).map(proto -> proto.toLowerCase(Locale.ROOT)),
        Optional.ofNullable(pairs.get("host")));
  }

  /** A node; unlike in {@code X-Forwarded-For}, IPv6 always stands in brackets. */
  private static Optional<java.net.InetSocketAddress> node(String text) {
    var bare = !text.startsWith("[") && text.indexOf(':') != text.lastIndexOf(':');
    return bare ? Optional.empty() : Literals.node(text);
  }

  /** A token or a quoted string, without its quotes. */
  private static @Nullable String value(String text) {
    if (!text.startsWith("\"")) {
      return TOKEN.matcher(text).matches() || lenient(text) ? text : null;
    }
    if (text.length() < 2 || !text.endsWith("\"") || escaped(text, text.length() - 1)) {
      return null;
    }
    var plain = new StringBuilder(text.length());
    for (var i = 1; i < text.length() - 1; i++) {
      var c = text.charAt(i);
      if (c == '"') {
        return null;
      }
      plain.append(c == '\\' ? text.charAt(++i) : c);
    }
    return plain.toString();
  }

  /** An address with a port, or a host with one, that a proxy forgot to quote. */
  private static boolean lenient(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=');
  }
}
