package io.lhttp.app.reload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A file as it was read: equal where the content is. Immutable. */
public final class Stamp {
  /** So long after it was touched a file may be written once more without another time. */
  private static final Duration FRESH = Duration.ofSeconds(3);

  private static final int BUFFER = 64 * 1024;

  private final long size;
  private final long sum;

  // Attributes of the file, which decide whether it has to be read again.
  private final Touched touched;
  private final boolean settled;

  /**
   * @param changed when the file or what is said of it was written last, which nobody can set
   * @param key of the file itself, so that one that was renamed over another is seen
   */
  private record Touched(
      long size, FileTime modified, @Nullable Object changed, @Nullable Object key) {}

  private Stamp(long size, long sum, Touched touched, boolean settled) {
    this.size = size;
    this.sum = sum;
    this.touched = touched;
    this.settled = settled;
  }

  /**
   * Reads a file, unless it is as it was.
   *
   * @param before what was read of it last
   */
  static Stamp of(Path path, BasicFileAttributes attributes, @Nullable Stamp before) {
    var now = System.currentTimeMillis(); // before it is looked at
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
      return new Stamp(-1, 0, touched, false); // the reload says why it can't be read
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
