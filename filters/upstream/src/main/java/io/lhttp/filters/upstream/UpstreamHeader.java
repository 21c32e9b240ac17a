package io.lhttp.filters.upstream;

import io.lhttp.RefusedException;

/** The method and target that the header {@code upstream} of a message names. */
record UpstreamHeader(HttpMethod method, String target) {
  /**
   * Parses the header.
   *
   * @throws RefusedException 400 if the header is malformed
   */
  static UpstreamHeader parse(String header) {
    var space = header.indexOf(' ');
    if (space < 0 || space == header.length() - 1) {
      throw new RefusedException(400, "the header upstream is a method, a space and a target");
    }
    var target = header.substring(space + 1);
    for (var i = 0; i < target.length(); i++) {
      if (target.charAt(i) <= ' ' || target.charAt(i) > '~') {
        throw new RefusedException(
            400, "the target of the header upstream has spaces or characters that are not ASCII");
      }
    }
    try {
      return new UpstreamHeader(HttpMethod.parse(header.substring(0, space)), target);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(400, "no method of the header upstream");
    }
  }
}
