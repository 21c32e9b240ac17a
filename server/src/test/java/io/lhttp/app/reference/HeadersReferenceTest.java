package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/headers.md} has all headers that the code reads and sends. */
class HeadersReferenceTest {
  private static final ReferencePage page = new ReferencePage("docs/headers.md");

  /** A header's name as the first argument of a call; a constant has its value in the same file. */
  private static final Pattern CALL =
      Pattern.compile(
          "(?:[hH]eader|has|is|first|[wW]ords|headers|without|with|add)\\(\\s*(?:\"([a-z][a-z-]*)\"|([A-Z][A-Z_]+))[,)]");

  private static final Pattern CONSTANT =
      Pattern.compile("String ([A-Z_]+) =\\s*\"([a-z][a-z-]*)\"");

  private static final Pattern NAME = Pattern.compile("^\\| `([a-z-]+)`", Pattern.MULTILINE);

  /** Texts in such calls that are no headers of messages. */
  private static final Set<String> OTHERS =
      Set.of(
          "accept",
          "close",
          "cookie",
          "location",
          "lhttp",
          "origin",
          "query",
          "user-agent", // of HTTP
          "state",
          "result",
          "reason",
          "limit",
          "upstream",
          "target",
          "hook",
          "tenant",
          "quota", // labels of metrics
          "kind",
          "link",
          "user",
          "roles",
          "kid",
          "bearer",
          "members",
          "joined",
          "left", // JSON
          "claims",
          "expires",
          "history", // JSON of operations on all servers
          "first",
          "part",
          "parts",
          "server",
          "version",
          "log",
          "merges",
          "settled",
          "wire"); // between servers;

  private static final List<String> FOLDERS =
      List.of(
          "framework/core/src/main/java/io/lhttp/internal",
          "framework/core/src/main/java/io/lhttp/channel",
          "framework/netty/src/main/java/io/lhttp/server/internal/connection",
          "framework/netty/src/main/java/io/lhttp/server/internal/fanout",
          "filters");

  @Test
  void headersOfCode_areOnPage() throws IOException {
    var named = names();
    var read = new TreeSet<String>();
    for (var file : sources(FOLDERS)) {
      read.addAll(headers(file));
    }
    assertThat(read).contains("subscribe", "token-expires", "lhttp-signature", "recovered");
    read.removeAll(OTHERS);
    assertThat(named).as("headers of docs/headers.md").containsAll(read);
  }

  @Test
  void headersOfPage_areInCode() throws IOException {
    var sources = new StringBuilder();
    for (var file : sources(List.of("framework", "filters"))) {
      sources.append(Files.readString(file));
    }
    assertThat(names()).hasSizeGreaterThan(30);
    assertThat(names()).allMatch(name -> sources.indexOf("\"" + name + "\"") >= 0);
  }

  private static List<Path> sources(List<String> folders) throws IOException {
    var sources = new ArrayList<Path>();
    for (var folder : folders) {
      try (var files = Files.walk(ReferencePage.HOME.resolve(folder))) {
        files
            .filter(file -> file.toString().matches(".*/src/main/.*\\.java"))
            .forEach(sources::add);
      }
    }
    return sources;
  }

  private static Set<String> names() throws IOException {
    var names = new TreeSet<String>();
    NAME.matcher(page.text()).results().forEach(row -> names.add(row.group(1)));
    return names;
  }

  private static Set<String> headers(Path file) throws IOException {
    var text = Files.readString(file);
    var constants = new HashMap<String, String>();
    CONSTANT.matcher(text).results().forEach(c -> constants.put(c.group(1), c.group(2)));
    var headers = new TreeSet<String>();
    CALL.matcher(text)
        .results()
        .forEach(call -> {
          var name = call.group(1) != null ? call.group(1) : constants.get(call.group(2));
          if (name != null) {
            headers.add(name);
          }
        });
    return headers;
  }
}
