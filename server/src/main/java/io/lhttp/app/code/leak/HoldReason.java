package io.lhttp.app.code.leak;

/**
 * A reason why a replaced class loader is still in memory.
 *
 * @param place the class and line, or the field, by which the log recognises the same reason again
 * @param words the reason for the log, with the names of threads
 * @param advice what ends the reason
 */
record HoldReason(HolderKind by, String place, String words, String advice) {
  HoldReason(HolderKind by, String place, String words) {
    this(by, place, words, by.advice);
  }

  @Override
  public String toString() {
    return words + " (" + advice + ")";
  }
}
