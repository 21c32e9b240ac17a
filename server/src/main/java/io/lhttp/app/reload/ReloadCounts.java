package io.lhttp.app.reload;

/**
 * Reloads since the server started.
 *
 * @param swapped that brought a new generation
 * @param refused because something was wrong
 * @param kept generations that have stood their probation
 * @param rolledBack generations that were rolled back, because more clients met failures than
 *     before
 */
public record ReloadCounts(long swapped, long refused, long kept, long rolledBack) {
  public static final ReloadCounts NONE = new ReloadCounts(0, 0, 0, 0);

  public ReloadCounts withSwapped() {
    return new ReloadCounts(swapped + 1, refused, kept, rolledBack);
  }

  public ReloadCounts withRefused() {
    return new ReloadCounts(swapped, refused + 1, kept, rolledBack);
  }

  public ReloadCounts withKept() {
    return new ReloadCounts(swapped, refused, kept + 1, rolledBack);
  }

  public ReloadCounts withRolledBack() {
    return new ReloadCounts(swapped, refused, kept, rolledBack + 1);
  }
}
