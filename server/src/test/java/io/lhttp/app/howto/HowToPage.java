package io.lhttp.app.howto;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** A page of {@code docs/how-to}, whose blocks a test runs. */
record HowToPage(String name) {
  static final Path DOCS = Path.of(System.getProperty("lhttp.home", ".."), "docs").toAbsolutePath();

  /** Returns the texts of the page's blocks of one language, from top to bottom. */
  List<String> blocks(String language) throws IOException {
    return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```")
        .matcher(Files.readString(DOCS.resolve("how-to").resolve(name)))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  /** Returns the first block of a language that contains these words. */
  String block(String language, String words) throws IOException {
    return blocks(language).stream()
        .filter(block -> block.contains(words))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " has no such block: " + words));
  }
}
