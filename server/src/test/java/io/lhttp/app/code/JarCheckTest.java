package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loading users' code reports a truncated or damaged JAR by its name. */
class JarCheckTest {
  @TempDir private Path folder;
  private final Problems problems = new Problems();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 50, 99})
  void truncatedJar_isReportedInsteadOfSource(int percent) throws IOException {
    var whole = jar();
    var jar = write("filters/lib.jar", Arrays.copyOf(whole, whole.length * percent / 100));
    write(
        "filters/Shout.java",
        "public class Shout implements io.lhttp.Filter { acme.Words words; }".getBytes(UTF_8));

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith(jar + ": this is no whole jar, was it copied to its end? ");
  }

  @Test
  void jarWithMissingMiddle_isReported() throws IOException {
    var torn = jar();
    Arrays.fill(torn, 40, torn.length / 2, (byte) 0);
    var jar = write("filters/lib.jar", torn);

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .singleElement()
        .satisfies(problem -> assertThat(problem.place().source()).isEqualTo(jar.toString()));
  }

  @Test
  void fileThatIsNoArchive_isReported() throws IOException {
    write("processors/lib.jar", "<html>404</html>".getBytes(UTF_8));

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).contains("this is no whole jar"));
  }

  @Test
  void wholeJar_isAccepted() throws IOException {
    write("filters/lib.jar", jar());
    var empty = new ByteArrayOutputStream();
    new JarOutputStream(empty).close();
    write("filters/empty.jar", empty.toByteArray());

    UserCode.load(folder, problems);

    assertThat(problems.found()).isEmpty();
  }

  private static byte[] jar() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var jar = new JarOutputStream(bytes)) {
      for (var i = 0; i < 5; i++) {
        jar.putNextEntry(new JarEntry("words" + i + ".txt"));
        for (var word = 0; word < 500; word++) {
          jar.write(Integer.toString(word * 7919 * (i + 1)).getBytes(UTF_8));
        }
        jar.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private Path write(String name, byte[] content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }
}
