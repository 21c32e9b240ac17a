package io.lhttp.control;

/**
 * The one who acts, as the audit log names it. Immutable.
 *
 * @param name distinguishes actors of one kind, such as a key's name; empty if there is one only.
 *     Never a secret
 */
public record Actor(Kind kind, String name) {
  /** The application's Java code. */
  public static final Actor JAVA = new Actor(Kind.JAVA, "");

  /** The ways in which operations are called. */
  public enum Kind {
    /** The server API; the name is the key's. */
    KEY,
    /** The application's Java code. */
    JAVA,
    /** A script; the name is the file's. */
    SCRIPT,
    /** The command line. */
    COMMAND_LINE,
    /** The console. */
    CONSOLE,
    /** The server itself, as for a rollback. */
    SERVER;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }

  /** Such as {@code key backend}, {@code script rooms.js} or {@code java}. */
  @Override
  public String toString() {
    return name.isEmpty() ? kind.toString() : kind + " " + name;
  }
}
