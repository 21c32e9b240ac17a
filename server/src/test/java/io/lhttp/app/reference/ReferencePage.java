package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file with generated parts, each between {@code <!-- generated: NAME -->} and {@code <!-- end
 * -->}. A test compares them with what the code says now, or writes them if {@code docs/generate}
 * runs it.
 */
final class ReferencePage {
  static final Path HOME = Path.of(System.getProperty("lhttp.home", "..")).toAbsolutePath();

  private static final Pattern PART =
      Pattern.compile("(?<=<!-- generated: )([^>]+?) -->\n.*?(?=<!-- end -->)", Pattern.DOTALL);

  private static final boolean WRITE = System.getenv("LHTTP_GENERATE") != null;

  private final Path file;

  ReferencePage(String name) {
    this.file = HOME.resolve(name);
  }

  /** The names of the page's generated parts. */
  List<String> parts() throws IOException {
    var parts = new ArrayList<String>();
    PART.matcher(text()).results().forEach(part -> parts.add(part.group(1)));
    return parts;
  }

  String text() throws IOException {
    return Files.readString(file);
  }

  /** Requires that each part equals the text that the function returns for the part's name. */
  void requireParts(Function<String, String> generated) throws IOException {
    require(
        PART.matcher(text())
            .replaceAll(part ->
                Matcher.quoteReplacement(
                    part.group(1) + " -->\n" + generated.apply(part.group(1)) + "\n")));
  }

  /** Requires that this is the file's text. */
  void require(String generated) throws IOException {
    if (WRITE) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, generated);
    }
    assertThat(text())
        .as("%s differs from what the code says; run docs/generate", HOME.relativize(file))
        .isEqualTo(generated);
  }
}
