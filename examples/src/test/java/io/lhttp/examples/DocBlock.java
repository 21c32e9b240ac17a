package io.lhttp.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A fenced block of a page.
 *
 * @param line the line of the block's fence, from 1
 * @param section the number of second-level headings before the block
 * @param language the word after the fence; empty if there is none
 * @param file the file in which the paragraph before places the block
 * @param note the comment right before the block: {@code not run: REASON} or {@code run by: TEST}
 */
record DocBlock(
    int line,
    int section,
    String language,
    String text,
    Optional<String> file,
    Optional<String> note) {
  private static final Pattern FENCE = Pattern.compile(" {0,3}```(\\S*)\\s*");
  private static final Pattern NOTE = Pattern.compile("<!-- ((?:not run|run by): .+) -->");
  private static final Pattern FILE =
      Pattern.compile("`((?:[\\w.-]+/)*[\\w.-]+\\.(?:js|ts|java|yaml))`");

  /** Reads the blocks of a page, from top to bottom. */
  static List<DocBlock> of(Path page) throws IOException {
    var blocks = new ArrayList<DocBlock>();
    var lines = Files.readAllLines(page);
    var before = new StringBuilder();
    var section = 0;
    for (var i = 0; i < lines.size(); i++) {
      var fence = FENCE.matcher(lines.get(i));
      if (!fence.matches()) {
        section += lines.get(i).startsWith("## ") ? 1 : 0;
        if (lines.get(i).isBlank() && !before.isEmpty() && nextIsText(lines, i)) {
          before.setLength(0);
        }
        before.append(lines.get(i)).append('\n');
        continue;
      }
      var text = new StringBuilder();
      var start = i + 1;
      for (i++; i < lines.size() && !lines.get(i).strip().startsWith("```"); i++) {
        text.append(lines.get(i)).append('\n');
      }
      blocks.add(
          new DocBlock(
              start,
              section,
              fence.group(1),
              text.toString(),
              last(FILE, before),
              last(NOTE, before)));
      before.setLength(0);
    }
    return blocks;
  }

  /** Returns the first block of a page in a language. */
  static DocBlock first(String page, String language) throws IOException {
    return first(page, language, "");
  }

  /** Returns the first block of a page in a language that contains these words. */
  static DocBlock first(String page, String language, String words) throws IOException {
    return of(AppProcess.HOME.resolve(page)).stream()
        .filter(block -> block.language().equals(language) && block.text().contains(words))
        .findFirst()
        .orElseThrow();
  }

  private static boolean nextIsText(List<String> lines, int i) {
    return i + 1 < lines.size()
        && !FENCE.matcher(lines.get(i + 1)).matches()
        && !NOTE.matcher(lines.get(i + 1)).matches();
  }

  private static Optional<String> last(Pattern pattern, CharSequence text) {
    return pattern.matcher(text).results().reduce((one, next) -> next).map(r -> r.group(1));
  }
}
