package io.lhttp.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A link of a page to a file of the repository.
 *
 * @param heading the anchor after the hash; empty without one
 */
record DocLink(Path target, String heading) {
  private static final Pattern LINK =
      Pattern.compile("]\\((?!\\w+:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");
  private static final Pattern CODE = Pattern.compile("(?ms)^ *```.*?^ *```|`[^`\n]*`");

  /**
   * Reads the links of a page, named by its path from the repository's root. Links in code do not
   * count.
   */
  static List<DocLink> of(Path page) throws IOException {
    var file = AppProcess.HOME.toRealPath().resolve(page);
    var text = CODE.matcher(Files.readString(file)).replaceAll("");
    return LINK.matcher(text)
        .results()
        .map(link ->
            new DocLink(
                link.group(1).isEmpty()
                    ? file
                    : Objects.requireNonNull(file.getParent()).resolve(link.group(1)).normalize(),
                Objects.requireNonNullElse(link.group(2), "")))
        .toList();
  }

  /** The anchors of the target's headings, and the empty anchor. */
  Set<String> headings() throws IOException {
    var anchors = new HashSet<String>(Set.of(""));
    if (target.toString().endsWith(".md")) {
      var text = Files.readString(target).replaceAll("(?ms)^ *```.*?^ *```", "");
      text.lines()
          .filter(line -> line.startsWith("#"))
          .map(line -> line.replaceFirst("^#+ *", "").toLowerCase(Locale.ROOT))
          .map(line -> line.replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
          .forEach(anchors::add);
    }
    return anchors;
  }
}
