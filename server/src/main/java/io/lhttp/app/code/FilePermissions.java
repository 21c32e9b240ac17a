package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.scripts.modules.FileTrust;
import java.io.IOException;
import java.nio.file.Path;

/** Decides which files of an application's folder may be read, see {@link FileTrust}. */
public final class FilePermissions {
  private final FileTrust trust;
  private final Problems problems;

  /**
   * @param checked false if permissions and owners are ignored
   */
  public FilePermissions(Path folder, boolean checked, Problems problems) {
    this.trust = new FileTrust(folder, checked);
    this.problems = problems;
  }

  /** Whether the path may be read; otherwise adds a problem with the reason. */
  public boolean allows(Path path) throws IOException {
    var objection = trust.objection(path);
    objection.ifPresent(why -> problems.add(Place.of(path.toString()), "%s", why));
    return objection.isEmpty();
  }
}
