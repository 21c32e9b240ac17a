package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;

/**
 * What of an application's folder may be read at all. What anybody could have written is refused:
 * links that lead out of the folder, and files and folders that every user may write.
 */
public final class Trust {
  private final Path folder;
  private final Problems problems;

  public Trust(Path folder, Problems problems) {
    this.folder = folder;
    this.problems = problems;
  }

  /** Whether this may be read; else a problem says why not. */
  public boolean allows(Path path) throws IOException {
    var real = path.toRealPath();
    if (!real.startsWith(folder.toRealPath())) {
      problems.add(Place.of(path.toString()), "a link that leads out of %s, to %s", folder, real);
      return false;
    }
    var posix = Files.getFileAttributeView(real, PosixFileAttributeView.class);
    if (posix != null
        && posix.readAttributes().permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
      problems.add(
          Place.of(path.toString()),
          "every user may write it, so it is not run; chmod o-w %s",
          path);
      return false;
    }
    return true;
  }
}
