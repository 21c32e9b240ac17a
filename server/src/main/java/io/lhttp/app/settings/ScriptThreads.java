package io.lhttp.app.settings;

/**
 * The threads of scripts.
 *
 * @param count the number of script threads, or 0 for the connections' event loops
 */
public record ScriptThreads(int count) {
  static final ScriptThreads EVENT_LOOP = new ScriptThreads(0);
  private static final int MAX = 1_000;

  static ScriptThreads parse(String text) {
    if (text.equals("event-loop")) {
      return EVENT_LOOP;
    }
    var count = Integer.parseInt(text);
    if (count < 1 || count > MAX) {
      throw new IllegalArgumentException("no number of threads: " + text);
    }
    return new ScriptThreads(count);
  }

  /** Returns {@code event-loop}, or the number of threads. */
  @Override
  public String toString() {
    return count == 0 ? "event-loop" : Integer.toString(count);
  }
}
