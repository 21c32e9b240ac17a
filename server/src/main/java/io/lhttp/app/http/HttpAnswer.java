package io.lhttp.app.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/**
 * An answer to a request.
 *
 * @param headers those that few answers have
 */
public record HttpAnswer(int status, String type, String body, Map<String, String> headers) {
  public static final String TEXT = "text/plain; charset=utf-8";

  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(409, "Conflict"),
          Map.entry(413, "Content Too Large"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(421, "Misdirected Request"),
          Map.entry(422, "Unprocessable Content"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  public HttpAnswer(int status, String type, String body) {
    this(status, type, body, Map.of());
  }

  public static HttpAnswer text(int status, String body) {
    return new HttpAnswer(status, TEXT, body);
  }

  public HttpAnswer with(String header, String value) {
    return new HttpAnswer(status, type, body, Map.of(header, value));
  }

  /**
   * Returns the answer as it is sent.
   *
   * @param head whether it answers {@code HEAD}, so that it ends before its body
   * @param last whether the connection ends after it
   */
  byte[] bytes(boolean head, boolean last) {
    var content = body.getBytes(UTF_8);
    var text =
        new StringBuilder("HTTP/1.1 %d %s\r\n".formatted(status, REASONS.getOrDefault(status, "")));
    var date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
    text.append("Date: ").append(date).append("\r\nContent-Type: ").append(type);
    text.append("\r\nContent-Length: ").append(content.length);
    text.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    headers.forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
    text.append(last ? "Connection: close\r\n\r\n" : "\r\n");
    var sent = new ByteArrayOutputStream();
    sent.writeBytes(text.toString().getBytes(ISO_8859_1));
    if (!head) {
      sent.writeBytes(content);
    }
    return sent.toByteArray();
  }
}
