package io.lhttp.app.reload;

/**
 * Reloads since the server started.
 *
 * @param swapped that brought a new generation
 * @param refused because something was wrong
 * @param returned generations that were taken back, because more messages failed than before
 */
public record ReloadCounts(long swapped, long refused, long returned) {}
