package io.lhttp.app.reload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the content of a file that was read: two stamps are equal if the contents are.
 * Immutable.
 */
public final class Stamp {
  /** The time after a change in which another write may leave the file's times unchanged. */
  private static final Duration FRESH = Duration.ofSeconds(3);

  private static final int BUFFER = 64 * 1024;

  /** In place of a file that is too large to be read. */
  static final Stamp TOO_LARGE = unread(Long.MAX_VALUE);

  /** In place of a file that can't be read; a reload reports the reason. */
  private static final Stamp UNREADABLE = unread(-1);

  private final long size;
  private final long sum;

  // The attributes of the file when it was read, and whether they were older than {@link #FRESH}.
  // They decide whether the file must be read again.
  private final Touched touched;
  private final boolean settled;

  /**
   * @param changed the time of the last change of content or attributes, which no user can set;
   *     null if the file system has none
   * @param key the identity of the file, so that a file that was renamed over another is noticed
   */
  private record Touched(
      long size, FileTime modified, @Nullable Object changed, @Nullable Object key) {}

  private Stamp(long size, long sum, Touched touched, boolean settled) {
    this.size = size;
    this.sum = sum;
    this.touched = touched;
    this.settled = settled;
  }

  private static Stamp unread(long size) {
    return new Stamp(size, 0, new Touched(size, FileTime.fromMillis(0), null, null), false);
  }

  /** Reads a file. All files that can't be read have equal stamps. */
  public static Stamp of(Path path) {
    try {
      return of(path, Files.readAttributes(path, BasicFileAttributes.class), null);
    } catch (IOException e) {
      return UNREADABLE;
    }
  }

  /**
   * Reads a file, unless its attributes show that it is unchanged.
   *
   * @param before the stamp from the last reading; null if there is none
   */
  static Stamp of(Path path, BasicFileAttributes attributes, @Nullable Stamp before) {
    var now = System.currentTimeMillis(); // taken before the content is read
    var touched =
        new Touched(
            attributes.size(), attributes.lastModifiedTime(), changed(path), attributes.fileKey());
    if (before != null && before.settled && before.touched.equals(touched)) {
      return before;
    }
    try {
      var sum = new CRC32C();
      var size = 0L;
      try (var in = Files.newInputStream(path)) {
        var buffer = new byte[BUFFER];
        for (var read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          sum.update(buffer, 0, read);
          size += read;
        }
      }
      return new Stamp(size, sum.getValue(), touched, old(touched, now));
    } catch (IOException e) {
      return UNREADABLE;
    }
  }

  boolean empty() {
    return size == 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Stamp stamp && size == stamp.size && sum == stamp.sum;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31 * size + sum);
  }

  private static boolean old(Touched touched, long now) {
    var last = touched.modified.toMillis();
    if (touched.changed instanceof FileTime changed) {
      last = Math.max(last, changed.toMillis());
    }
    return now - last > FRESH.toMillis();
  }

  private static @Nullable Object changed(Path path) {
    try {
      return Files.getAttribute(path, "unix:ctime");
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return null;
    }
  }
}
