package io.lhttp.app.reference;

import java.util.List;
import java.util.regex.Pattern;

/** Reads pages in Markdown. */
final class Markdown {
  private Markdown() {}

  /** The texts of a page's fenced blocks of one language, from top to bottom. */
  static List<String> blocks(String page, String language) {
    return Pattern.compile("^```" + language + "\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
        .matcher(page)
        .results()
        .map(block -> block.group(1))
        .toList();
  }
}
