package io.lhttp.app.code.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.code.UserCode;
import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stack frames of users' classes find the source of the version that ran. */
class LoadedSourcesTest {
  private static final String THROWS =
      "public class Bad implements Runnable {\n  public void run() { throw new Error(\"one\"); }\n}";

  @TempDir Path folder;

  private final Problems problems = new Problems();

  @Test
  void replacedVersion_keepsItsOwnLine() throws Exception {
    var first = read(THROWS, Optional.empty());
    var second = read(THROWS.replace("one", "two"), Optional.of(first));

    assertThat(line(failure(first))).contains("  public void run() { throw new Error(\"one\"); }");
    assertThat(line(failure(second))).contains("  public void run() { throw new Error(\"two\"); }");
  }

  @Test
  void versionKeptAfterNewComment_hasLineOfItsNumber() throws Exception {
    var first = read(THROWS, Optional.empty());
    var second = read("// a comment\n" + THROWS, Optional.of(first));

    assertThat(second.classLoaders()).isEqualTo(first.classLoaders());
    assertThat(line(failure(second))).contains("  public void run() { throw new Error(\"one\"); }");
  }

  @Test
  void deletedSource_isStillFound() throws Exception {
    var first = read(THROWS, Optional.empty());
    Files.delete(folder.resolve("filters/Bad.java"));
    UserCode.load(folder, Optional.of(first), problems);

    assertThat(LoadedSources.of(failure(first)).orElseThrow().path())
        .isEqualTo(folder.resolve("filters/Bad.java"));
  }

  @Test
  void nestedClass_hasSourceOfItsFile() throws Exception {
    var code =
        read(
            """
            public class Bad implements Runnable {
              public void run() { new In().fail(); }
              static class In {
                void fail() { throw new Error(); }
              }
            }
            """,
            Optional.empty());

    assertThat(line(failure(code))).contains("    void fail() { throw new Error(); }");
  }

  @Test
  void frameOfServer_hasNoSource() {
    assertThat(LoadedSources.of(new Error().getStackTrace()[0])).isEmpty();
  }

  private UserCode read(String source, Optional<UserCode> before) throws IOException {
    Files.createDirectories(folder.resolve("filters"));
    Files.writeString(folder.resolve("filters/Bad.java"), source);
    var code = UserCode.load(folder, before, problems);
    assertThat(problems.found()).isEmpty();
    return code;
  }

  private static StackTraceElement failure(UserCode code) throws ReflectiveOperationException {
    var loader = code.classLoaders().iterator().next();
    var made = (Runnable) loader.loadClass("Bad").getConstructor().newInstance();
    try {
      made.run();
    } catch (Error e) {
      return e.getStackTrace()[0];
    }
    throw new AssertionError("it did not throw");
  }

  private static Optional<String> line(StackTraceElement frame) {
    return LoadedSources.of(frame).flatMap(source -> source.line(frame.getLineNumber()));
  }
}
