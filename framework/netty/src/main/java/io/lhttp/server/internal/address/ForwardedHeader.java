package io.lhttp.server.internal.address;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code Forwarded} (RFC 7239) and other lists of proxies from the right. The elements that
 * the nearest proxies wrote are read alike, whatever a client wrote to their left.
 *
 * <p>A quotation mark that a client opens and does not close affects only that client's text.
 */
public final class ForwardedHeader {
  /**
   * The most elements that are read. No real request passes so many proxies, but a client can write
   * any number.
   */
  public static final int MOST = 64;

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private ForwardedHeader() {}

  /**
   * Returns the statement of each proxy, the nearest proxy's first. A malformed element becomes an
   * empty statement.
   */
  public static List<Hop> hops(List<String> lines) {
    return fromTheRight(lines, ',').stream().map(ForwardedHeader::hop).toList();
  }

  /**
   * Returns the last {@link #MOST} elements of a header's lines, the last one first. A separator
   * between quotation marks does not count.
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

  /** Whether an odd number of backslashes precedes this index. */
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
        continue; // RFC 7239, section 4, allows an empty element
      }
      var equals = pair.indexOf('=');
      var name = equals < 0 ? "" : pair.substring(0, equals).toLowerCase(Locale.ROOT);
      var value = equals < 0 ? null : value(pair.substring(equals + 1));
      if (value == null
          || !TOKEN.matcher(name).matches()
          || pairs.put(name, value) != null) { // section 4: each parameter once
        return Hop.NOTHING;
      }
    }
    return new Hop(
        Optional.ofNullable(pairs.get("for")).flatMap(ForwardedHeader::node),
        Optional.ofNullable(pairs.get("proto")).map(proto -> proto.toLowerCase(Locale.ROOT)),
        Optional.ofNullable(pairs.get("host")));
  }

  /** Parses the address of a node. Unlike in {@code X-Forwarded-For}, IPv6 needs brackets. */
  private static Optional<java.net.InetSocketAddress> node(String text) {
    var bare = !text.startsWith("[") && text.indexOf(':') != text.lastIndexOf(':');
    return bare ? Optional.empty() : IpAndPort.parse(text);
  }

  /** Returns the text if it is a token, or the content of a quoted string; else null. */
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

  /**
   * Whether to accept an unquoted value: an address, or a host with a port, that a proxy forgot to
   * quote.
   */
  private static boolean lenient(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=');
  }
}
