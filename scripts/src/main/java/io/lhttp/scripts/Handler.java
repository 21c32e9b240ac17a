package io.lhttp.scripts;

/** A function that a script may export, and that the server calls. */
public enum Handler {
  BEFORE("before"),
  AFTER("after"),
  ON_MESSAGE("onMessage"),
  ON_OPEN("onOpen"),
  ON_JOIN("onJoin"),
  ON_REVIEW("onReview"),
  ON_LEAVE("onLeave"),
  ON_CLOSE("onClose");

  /** The name under which a script exports the function. */
  public final String export;

  Handler(String export) {
    this.export = export;
  }
}
