package io.lhttp.app.code.leak;

/**
 * A reason why a replaced class loader is still in memory.
 *
 * @param place the class and line, or the field, by which the log recognises the same reason again
 * @param words the reason for the log, with the names of threads
 */
record Hold(HeldBy by, String place, String words) {
  @Override
  public String toString() {
    return words + " (" + by.advice + ")";
  }
}
