package io.lhttp.app.reload;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.config.ConfigurationException;

/**
 * Reads an application's folder for a reload, while users may write in it. The {@link Reloader}
 * owns it; the thread of the running reload uses it.
 */
public final class FolderReader {
  /** The most attempts to read a folder that changes while it is read. */
  private static final int READINGS = 5;

  /** Reads the folder. */
  @FunctionalInterface
  public interface Source {
    /**
     * Reads the application again.
     *
     * @param running the running application, whose unchanged parts are reused
     */
    Application load(Application running) throws ConfigurationException;
  }

  private final Source source;

  FolderReader(Source source) {
    this.source = source;
  }

  /** Reads the folder, if possible at a moment when no file in it changes. */
  Application read(Application base) throws ConfigurationException {
    for (var reading = 1; reading < READINGS; reading++) {
      var secrets = base.secrets().files();
      var before = FolderState.of(base.folder()).with(secrets);
      var read = attempt(base);
      if (before.equals(FolderState.of(base.folder(), before).with(secrets, before))) {
        return read.get();
      }
    }
    return attempt(base).get();
  }

  /** The result of reading the folder once: the application, or the errors. */
  @FunctionalInterface
  private interface Reading {
    Application get() throws ConfigurationException;
  }

  private Reading attempt(Application base) {
    try {
      var next = source.load(base);
      return () -> next;
    } catch (ConfigurationException e) {
      return () -> {
        throw e;
      };
    }
  }
}
