package io.lhttp.scripts.modules;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.scripts.ScriptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a script and all files that it may import, each file once. It refuses files that other
 * users could have written, and links that lead out of the folder.
 */
public final class SourceReader {
  private static final int MAX_FILES = 1_000;
  private static final long MAX_BYTES = 4L << 20;

  private final Path folder;
  private final FileTrust trust;

  public SourceReader(Path folder, boolean checked) {
    this.trust = new FileTrust(folder, checked);
    this.folder = folder.toAbsolutePath().normalize();
  }

  /**
   * Returns the files by name, with the script itself first.
   *
   * @param script the path from the working directory, or from the folder
   */
  public Map<String, SourceFile> read(Path script) {
    var files = new LinkedHashMap<String, SourceFile>();
    var toRead = new ArrayDeque<Path>();
    var seen = script.toAbsolutePath().normalize();
    toRead.add(seen.startsWith(folder) ? seen : folder.resolve(script).normalize());
    while (!toRead.isEmpty()) {
      var path = toRead.remove();
      var name = name(path);
      if (files.containsKey(name)) {
        continue;
      }
      var file = file(path, name);
      if (file.isEmpty() && files.isEmpty()) {
        throw new ScriptException(name, "there is no such file");
      }
      file.ifPresent(found -> {
        files.put(name, found);
        for (var imported : found.imports()) {
          if (imported.relative()) {
            var target = resolve(path, imported.specifier());
            if (target.filter(Files::exists).isEmpty()) {
              refuseOtherEnding(path, found, imported);
            }
            target.ifPresent(toRead::add);
          }
        }
      });
      if (files.size() > MAX_FILES) {
        throw new ScriptException(name, "a script may import up to " + MAX_FILES + " files");
      }
    }
    return files;
  }

  /** Refuses an import of a missing file, if a file has its name with another ending. */
  private void refuseOtherEnding(Path importer, SourceFile file, SourceFile.Import imported) {
    var specifier = imported.specifier();
    for (var name : ScriptNames.alike(specifier)) {
      if (resolve(importer, name).filter(Files::isRegularFile).isPresent()) {
        throw file.problem(
            imported.at(), "there is no file '%s' to import, but '%s'".formatted(specifier, name));
      }
    }
  }

  private Optional<Path> resolve(Path importer, String imported) {
    try {
      return Optional.of(importer.resolveSibling(imported).normalize())
          .filter(path -> path.startsWith(folder));
    } catch (InvalidPathException _) {
      return Optional.empty();
    }
  }

  /** Returns a file; empty if it does not exist, because the engine will report its import. */
  private Optional<SourceFile> file(Path path, String name) {
    try {
      var real = path.toRealPath();
      if (!Files.isRegularFile(real)) {
        return Optional.empty();
      }
      requireTrusted(path, real, name);
      if (Files.size(real) > MAX_BYTES) {
        throw new ScriptException(name, "a script has up to " + MAX_BYTES + " bytes");
      }
      var bytes = Files.readAllBytes(real);
      var text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return Optional.of(Imports.read(code(name, text)));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (CharacterCodingException _) {
      throw new ScriptException(name, "it is not UTF-8");
    } catch (IOException e) {
      throw new ScriptException(name, "it can't be read: " + e);
    }
  }

  private static SourceFile code(String name, String text) {
    return name.endsWith(ScriptNames.TYPESCRIPT)
        ? TypeEraser.erase(name, text)
        : new SourceFile(name, text);
  }

  private void requireTrusted(Path path, Path real, String name) throws IOException {
    if (!path.startsWith(folder) || !real.startsWith(folder.toRealPath())) {
      throw new ScriptException(name, "a link that leads out of the folder, to " + real);
    }
    requireTrusted(path, name);
    // A user who may write to a folder can replace the files in it, so the folders are checked as
    // well.
    for (var above = path.getParent();
        above != null && above.startsWith(folder) && !above.equals(folder);
        above = above.getParent()) {
      requireTrusted(above, name(above));
    }
  }

  private void requireTrusted(Path path, String name) throws IOException {
    var objection = trust.objection(path);
    if (objection.isPresent()) {
      throw new ScriptException(name, objection.get());
    }
  }

  private String name(Path path) {
    return (path.startsWith(folder) ? folder.relativize(path) : path)
        .toString()
        .replace(path.getFileSystem().getSeparator(), "/");
  }
}
