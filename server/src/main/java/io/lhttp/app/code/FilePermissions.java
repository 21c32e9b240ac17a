package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.scripts.modules.FileTrust;
import java.io.IOException;
import java.nio.file.Path;

/** What of an application's folder may be read at all, see {@link FileTrust}. */
public final class FilePermissions {
  private final FileTrust trust;
  private final Problems problems;

  /**
   * @param checked false where permissions and owners are not looked at
   */
  public FilePermissions(Path folder, boolean checked, Problems problems) {
    this.trust = new FileTrust(folder, checked);
    this.problems = problems;
  }

  /** Whether this may be read; else a problem says why not. */
  public boolean allows(Path path) throws IOException {
    var objection = trust.objection(path);
    objection.ifPresent(why -> problems.add(Place.of(path.toString()), "%s", why));
    return objection.isEmpty();
  }
}
