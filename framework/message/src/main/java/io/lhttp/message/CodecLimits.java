package io.lhttp.message;

/**
 * The limits for reading one message. The reader answers a message beyond a limit with the named
 * status.
 *
 * @param headerLines the most header lines; more are refused with 431
 * @param headerLineBytes the most bytes of one header line without its CRLF; more are refused with
 *     431
 * @param parts the most parts of a multipart body; more are refused with 400
 */
public record CodecLimits(int headerLines, int headerLineBytes, int parts) {
  /** The default limits: 64 header lines of 8 KiB, 64 parts. */
  public static final CodecLimits DEFAULT = new CodecLimits(64, 8 * 1024, 64);

  public CodecLimits {
    if (headerLines < 1 || headerLineBytes < 16 || parts < 1) {
      throw new IllegalArgumentException(
          "limits must be positive, a header line at least 16 bytes: headerLines=%d headerLineBytes=%d parts=%d"
              .formatted(headerLines, headerLineBytes, parts));
    }
  }
}
