package io.lhttp.app.reload;

import io.lhttp.app.assembly.Application;
import io.lhttp.internal.version.LinkCall;

/**
 * The link whose code a reload runs, for the errors about a reload that hangs there. Immutable.
 *
 * @param where the method, the link and its source, such as {@code , in takeOver() of the new
 *     filter 'Door' (filters/Door.java)}; empty if no link's code runs
 * @param advice how to get out of this, as the end of a sentence
 */
record HangingCall(String where, String advice) {
  /** The code that hangs is no link's, such as an annotation processor. */
  static final HangingCall OF_NO_LINK =
      new HangingCall("", "mend the code that hangs there and reload, or restart the server");

  /**
   * @param next the application that is being built
   */
  static HangingCall of(LinkCall call, Application next) {
    var link = "%s '%s'".formatted(call.kind(), call.name());
    var classes = HeldResourceHint.links(next.settings(), call.kind());
    var source =
        next.code()
            .sourceOf(classes.getOrDefault(call.name(), ""))
            .map(file -> " (%s)".formatted(next.folder().relativize(file)))
            .orElse("");
    return switch (call.method()) {
      case CREATE ->
          new HangingCall(
              ", in the constructor or a static initialiser of %s%s".formatted(link, source),
              "mend the line and reload; the old chain serves until then");
      case HAND_OVER ->
          new HangingCall(
              ", in handOver() of the running %s%s".formatted(link, source),
              "the running instance hangs, so each new version of '%s' would hang here again: take '%s' out of %s by a reload of its own, or restart the server"
                  .formatted(
                      call.name(),
                      call.name(),
                      call.kind().equals("filter") ? "the chain" : "processors:"));
      case TAKE_OVER ->
          new HangingCall(
              ", in takeOver() of the new %s%s".formatted(link, source),
              "mend the line and reload; the old instance gets the state back");
    };
  }
}
