package io.lhttp.internal.text;

import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses IP addresses without asking a name service; {@link InetAddress} does so itself only from
 * Java 22 on. IPv4 has four decimal numbers without leading zeros, and IPv6 has no zone.
 */
public final class IpAddress {
  private static final Pattern IPV4_PART = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern IPV6_PART = Pattern.compile("[0-9A-Fa-f]{1,4}");
  private static final int LONGEST = 45;
  private static final int IPV6_BYTES = 16;

  /** The first bytes of an IPv6 address into which an IPv4 address is mapped. */
  private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private IpAddress() {}

  /**
   * Parses an address; empty for other text. An IPv4 address that is mapped into IPv6 becomes the
   * IPv4 address.
   */
  public static Optional<InetAddress> parse(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    var bytes = text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are an address", e);
    }
  }

  /** Returns the IPv4 address if this one is mapped into IPv6; otherwise the same address. */
  public static InetAddress unmapped(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    var bytes = address.getAddress();
    if (!Arrays.equals(bytes, 0, MAPPED.length, MAPPED, 0, MAPPED.length)) {
      return address;
    }
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, MAPPED.length, bytes.length));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 bytes are an address", e);
    }
  }

  private static byte @Nullable [] ipv4(String text) {
    var parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return null;
    }
    var bytes = new byte[parts.length];
    for (var i = 0; i < parts.length; i++) {
      var value = IPV4_PART.matcher(parts[i]).matches() ? Integer.parseInt(parts[i]) : -1;
      if (value < 0 || value > 255) {
        return null;
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }

  private static byte @Nullable [] ipv6(String text) {
    var gap = text.indexOf("::");
    if (gap < 0) {
      var bytes = groups(text, true);
      return bytes != null && bytes.length == IPV6_BYTES ? bytes : null;
    }
    var head = groups(text.substring(0, gap), false);
    var tail = groups(text.substring(gap + 2), true);
    if (head == null || tail == null || head.length + tail.length > IPV6_BYTES - 2) {
      return null;
    }
    var bytes = new byte[IPV6_BYTES];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(tail, 0, bytes, IPV6_BYTES - tail.length, tail.length);
    return bytes;
  }

  /** Reads groups between colons; the last one may be an IPv4 address if it ends the text. */
  private static byte @Nullable [] groups(String text, boolean atEnd) {
    var bytes = new ByteArrayOutputStream(IPV6_BYTES);
    var parts = text.isEmpty() ? new String[0] : text.split(":", -1);
    for (var i = 0; i < parts.length; i++) {
      if (IPV6_PART.matcher(parts[i]).matches()) {
        var group = Integer.parseInt(parts[i], 16);
        bytes.write(group >> 8);
        bytes.write(group);
        continue;
      }
      var last = atEnd && i == parts.length - 1 ? ipv4(parts[i]) : null;
      if (last == null) {
        return null;
      }
      bytes.writeBytes(last);
    }
    return bytes.toByteArray();
  }
}
