package io.lhttp.scripts.debug;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Loads the native library that the engine needs for its compiler. By default the engine unpacks
 * the library below the user's home, which a service often lacks. This class loads it from the
 * folder that the system property {@value #FOLDER} names, or else from a temporary file.
 */
public final class AttachLibrary {
  static final String FOLDER = "lhttp.native";

  /** The system property from which the engine reads the library's path at its first use. */
  private static final String LIBRARY = "truffle.attach.library";

  private static final String ON_FAILURE = "polyglotimpl.AttachLibraryFailureAction";
  private static final String IN_JAR = "META-INF/resources/engine/libtruffleattach/";

  /** The engine's names for operating systems within its jar. */
  private static final Map<String, String> SYSTEMS =
      Map.of("linux", "linux", "mac", "darwin", "win", "windows");

  private static final Map<String, String> PROCESSORS =
      Map.of("amd64", "amd64", "x86_64", "amd64", "aarch64", "aarch64", "arm64", "aarch64");

  private static Optional<String> failure = Optional.empty();
  private static boolean prepared;

  private AttachLibrary() {}

  /**
   * Loads the library. It must be called before the engine is used; only the first call has an
   * effect.
   */
  public static synchronized void prepare() {
    if (prepared) {
      return;
    }
    prepared = true;
    if (System.getProperty(ON_FAILURE) == null) {
      // the reason of a failure is shown together with the runtime's name
      System.setProperty(ON_FAILURE, "ignore");
    }
    if (System.getProperty(LIBRARY) == null) {
      try {
        var library = find(System.getProperty(FOLDER));
        load(library);
        System.setProperty(LIBRARY, library.toString());
      } catch (IOException | UnsatisfiedLinkError | IllegalCallerException e) {
        failure = Optional.of("the engine's native library can't be loaded: " + reason(e));
      }
    }
  }

  /**
   * The reason why the library could not be loaded; empty if it was, or before {@link #prepare}.
   */
  public static synchronized Optional<String> failure() {
    return failure;
  }

  /**
   * Returns the path of the library.
   *
   * @param folder null to unpack the library from the class path
   */
  static Path find(@Nullable String folder) throws IOException {
    var inJar = IN_JAR + platform() + "/bin/" + System.mapLibraryName("truffleattach");
    if (folder != null) {
      var file = Path.of(folder).resolve(inJar).toAbsolutePath();
      if (Files.isReadable(file)) {
        return file;
      }
    }
    try (var in = AttachLibrary.class.getClassLoader().getResourceAsStream(inJar)) {
      if (in == null) {
        throw new IOException("there is none for " + platform());
      }
      var parent = Files.createTempDirectory("lhttp-");
      parent.toFile().deleteOnExit();
      var file = parent.resolve(System.mapLibraryName("truffleattach"));
      file.toFile().deleteOnExit();
      Files.copy(in, file);
      return file;
    }
  }

  @SuppressWarnings("restricted") // loading a native library is the purpose of this method
  private static void load(Path library) {
    System.load(library.toString());
  }

  private static String platform() {
    var system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    var processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    var name =
        SYSTEMS.entrySet().stream()
            .filter(entry -> system.startsWith(entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(system);
    return name + "/" + PROCESSORS.getOrDefault(processor, processor);
  }

  private static String reason(Throwable thrown) {
    return thrown instanceof IOException ? thrown.toString() : String.valueOf(thrown.getMessage());
  }
}
