package io.lhttp.app.reload;

/**
 * The numbers of reloads since the server started.
 *
 * @param swapped reloads that put a new generation in place
 * @param refused reloads of a folder with errors
 * @param kept generations that have passed their probation
 * @param rolledBack generations that were rolled back, because links threw for a larger share of
 *     clients than before
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
