package io.lhttp.app.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A request to the admin listener, whose body does not count.
 *
 * @param path the decoded path of the target
 * @param last whether no other request of the connection can follow
 * @param headers by name in lower case; the first value of each
 */
record AdminRequest(String method, String path, boolean last, Map<String, String> headers) {
  /** The longest head in bytes, and the longest body that is read and ignored. */
  private static final int MOST = 16 * 1024;

  private static final Pattern LINE = Pattern.compile("([A-Z]{1,20}) (\\S+) HTTP/(\\d\\.\\d)");
  private static final Pattern HEADER =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  /** A request that can't be answered otherwise. The connection ends with this answer. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    private final transient AdminAnswer answer;

    Malformed(int status, String reason) {
      super(reason);
      this.answer = AdminAnswer.text(status, reason + "\n");
    }

    AdminAnswer answer() {
      return answer;
    }
  }

  /**
   * Reads a request and its short body.
   *
   * @param first the request's first byte, which was read already
   * @throws EOFException if the connection ends within it
   */
  static AdminRequest read(int first, InputStream in) throws IOException, Malformed {
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
      if (headers.putIfAbsent(name, header.group(2)) != null
          && (name.equals("host") || name.equals("content-length"))) {
        throw new Malformed(400, "a header came twice");
      }
    }
    var open = line.group(3).equals("1.1") && !closes(headers) && skipBody(headers, in);
    return new AdminRequest(line.group(1), path(line.group(2)), !open, headers);
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
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

  /** Returns false if the rest of the request stays unread. */
  private static boolean skipBody(Map<String, String> headers, InputStream in)
      throws IOException, Malformed {
    if (headers.containsKey("transfer-encoding")) {
      return false;
    }
    var length = headers.getOrDefault("content-length", "0");
    if (!LENGTH.matcher(length).matches()) {
      throw new Malformed(400, "a malformed content-length");
    }
    var bytes = Long.parseLong(length);
    if (bytes > MOST || (bytes > 0 && headers.containsKey("expect"))) {
      return false;
    }
    in.skipNBytes(bytes);
    return true;
  }

  private static String path(String target) throws Malformed {
    try {
      var path = new URI(target).getPath();
      if (path != null) {
        return path;
      }
    } catch (URISyntaxException _) {
      // as a target without a path
    }
    throw new Malformed(400, "a malformed target");
  }
}
