package io.lhttp.app.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The head of a request.
 *
 * @param from the address of the client's socket; no header changes it
 * @param path the decoded path of the target
 * @param query the text after the question mark of the target; empty without one
 * @param length the length of the body in bytes; {@link #CHUNKED} if its chunks tell
 * @param last whether no other request of the connection can follow
 * @param headers by name in lower case; the first value of each
 */
public record HttpRequest(
    InetAddress from,
    String method,
    String path,
    String query,
    long length,
    boolean last,
    Map<String, String> headers) {
  /** The length of a body in chunks. */
  public static final long CHUNKED = -1;

  /** The longest head in bytes, and the longest body that is skipped to keep the connection. */
  static final int MOST = 16 * 1024;

  private static final Pattern LINE = Pattern.compile("([A-Z]{1,20}) (\\S+) HTTP/(\\d\\.\\d)");
  private static final Pattern HEADER =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  /** The headers that decide about a request. Two of them would let readers differ. */
  private static final Set<String> ONCE =
      Set.of(
          "host",
          "content-length",
          "transfer-encoding",
          "content-type",
          "authorization",
          "x-api-key",
          "origin",
          "sec-fetch-site",
          "expect");

  /** A request that can't be answered otherwise. The connection ends with its answer. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String reason;

    Malformed(int status, String reason) {
      super(reason);
      this.status = status;
      this.reason = reason;
    }

    int status() {
      return status;
    }

    String reason() {
      return reason;
    }
  }

  /**
   * Reads a head.
   *
   * @param first the request's first byte, which was read already
   * @throws EOFException if the connection ends within it
   */
  static HttpRequest read(int first, InputStream in, InetAddress from)
      throws IOException, Malformed {
    var lines = head(first, in).strip().split("\r?\n", -1);
    var line = LINE.matcher(lines[0]);
    if (!line.matches()) {
      throw new Malformed(400, "no HTTP request");
    }
    if (!line.group(3).equals("1.1") && !line.group(3).equals("1.0")) {
      throw new Malformed(505, "HTTP/1.1 is served here");
    }
    var headers = new TreeMap<String, String>();
    for (var i = 1; i < lines.length; i++) {
      var header = HEADER.matcher(lines[i]);
      if (!header.matches()) {
        throw new Malformed(400, "a malformed header");
      }
      var name = header.group(1).toLowerCase(Locale.ROOT);
      if (headers.putIfAbsent(name, header.group(2)) != null && ONCE.contains(name)) {
        throw new Malformed(400, "a header came twice");
      }
    }
    var target = target(line.group(2));
    var last = !line.group(3).equals("1.1") || closes(headers);
    return new HttpRequest(
        from,
        line.group(1),
        target.getPath(),
        Optional.ofNullable(target.getRawQuery()).orElse(""),
        length(headers, line.group(3)),
        last,
        headers);
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** Whether the client waits for the status 100 before it sends the body. */
  boolean waitsForContinue() {
    return header("expect").filter(value -> value.equalsIgnoreCase("100-continue")).isPresent();
  }

  /** Whether an unread body can be skipped, so that another request may follow. */
  boolean skippable() {
    return length >= 0 && length <= MOST && (length == 0 || header("expect").isEmpty());
  }

  /** Reads up to the empty line. An empty line may precede the request. */
  private static String head(int first, InputStream in) throws IOException, Malformed {
    var head = new ByteArrayOutputStream();
    var line = 0; // the bytes of the current line
    for (var next = first; ; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      if (head.size() == MOST) {
        throw new Malformed(431, "the head is too long");
      }
      if (next == '\n' && line == 0 && head.size() > 1) {
        return head.toString(ISO_8859_1);
      }
      head.write(next);
      line = next == '\n' ? 0 : next == '\r' ? line : line + 1;
    }
  }

  private static boolean closes(Map<String, String> headers) {
    var connection = headers.getOrDefault("connection", "");
    return connection.toLowerCase(Locale.ROOT).contains("close");
  }

  private static long length(Map<String, String> headers, String version) throws Malformed {
    var coding = headers.get("transfer-encoding");
    var length = headers.get("content-length");
    if (coding != null) {
      // RFC 9112, section 6.1: both together are an attempt to make readers differ
      if (length != null || version.equals("1.0") || !coding.equalsIgnoreCase("chunked")) {
        throw new Malformed(400, "expected content-length, or transfer-encoding: chunked");
      }
      return CHUNKED;
    }
    if (length != null && !LENGTH.matcher(length).matches()) {
      throw new Malformed(400, "a malformed content-length");
    }
    return length == null ? 0 : Long.parseLong(length);
  }

  private static URI target(String target) throws Malformed {
    try {
      var uri = new URI(target);
      // In "//x/api/info" a proxy sees another path than a URI has.
      if (uri.getPath() != null && !target.startsWith("//")) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // as a target without a path
    }
    throw new Malformed(400, "a malformed target");
  }
}
