package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.scripts.modules.FileTrust;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Decides which files of an application's folder the server may read, by the rules of {@link
 * FileTrust}.
 */
public final class FilePermissions {
  private final FileTrust trust;
  private final Problems problems;

  /**
   * @param checked false to allow all files, whatever their permissions and owners
   */
  public FilePermissions(Path folder, boolean checked, Problems problems) {
    this.trust = new FileTrust(folder, checked);
    this.problems = problems;
  }

  /** Returns whether the server may read the file; if not, adds a problem with the reason. */
  public boolean allows(Path path) throws IOException {
    var objection = trust.objection(path);
    objection.ifPresent(why -> problems.add(Place.of(path.toString()), "%s", why));
    return objection.isEmpty();
  }
}
