package io.lhttp.app.settings;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a readable file, named by its path from the application's folder. The binder gets
 * its content. Immutable.
 */
public final class FileShape implements Shape<Path> {
  private final Path folder;

  public FileShape(Path folder) {
    this.folder = folder;
  }

  @Override
  public @Nullable Path read(Node node, String name, Binder binder) {
    if (!(node instanceof Scalar scalar)) {
      binder.problems().add(node.place(), "%s: expected a file, not %s", name, node.describe(name));
      return null;
    }
    var file = folder.resolve(scalar.text());
    try {
      binder.addContent(Files.readString(file, ISO_8859_1));
    } catch (IOException _) {
      binder
          .problems()
          .add(node.place(), "%s: no file that can be read: %s", name, shown(folder, scalar));
    }
    return file;
  }

  /**
   * Returns the path for an error message, or a hint in its place if it may be a secret that was
   * put where a file's name belongs.
   */
  static Object shown(Path folder, Scalar scalar) {
    return scalar.maybeSecretOfFile()
        ? scalar.describe("secret")
        : folder.resolve(scalar.written());
  }
}
