package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fenced blocks of each page run, or a comment before them gives the reason why not. */
class DocsTest {
  private static final Set<String> LEFT_OUT = Set.of("node_modules", "target", ".git");

  @ParameterizedTest
  @MethodSource("pages")
  void fencedBlocks_ofPage_run(Path page, @TempDir Path folder) throws Exception {
    try (var run = new DocRun(folder.toRealPath())) {
      for (var block : DocBlock.of(AppProcess.HOME.resolve(page))) {
        try {
          run.run(block);
        } catch (AssertionError | Exception e) {
          throw new AssertionError(page + ":" + block.line() + ": " + e.getMessage(), e);
        }
      }
    }
  }

  @Test
  void pages_includeAllDocumentation() throws IOException {
    assertThat(pages().stream().map(Path::toString))
        .contains("README.md", "docs/protocol.md", "clients/js/README.md", "CONTRIBUTING.md");
  }

  @Test
  void links_ofPages_leadToFilesAndHeadings() throws IOException {
    for (var page : allPages()) {
      for (var link : DocLink.of(page)) {
        assertThat(link.target()).as("%s: %s", page, link).exists();
        assertThat(link.headings()).as("%s: %s", page, link).contains(link.heading());
      }
    }
  }

  private static List<Path> pages() throws IOException {
    var pages = new ArrayList<Path>();
    for (var page : allPages()) {
      if (!DocBlock.of(AppProcess.HOME.resolve(page)).isEmpty()) {
        pages.add(page);
      }
    }
    return pages;
  }

  static List<Path> allPages() throws IOException {
    var home = AppProcess.HOME.toRealPath();
    var pages = new ArrayList<Path>();
    Files.walkFileTree(
        home,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return LEFT_OUT.contains(String.valueOf(folder.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              pages.add(home.relativize(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return pages;
  }
}
