package io.lhttp.app.reference;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The Javadoc of the product's records and enums, as Markdown. It is read from the sources, so that
 * readers of the code and of the pages read one text.
 */
final class Javadocs {
  private final Path home;

  /** Texts by {@code Outer.Inner#name}, of the files that were read. */
  private final Map<String, Map<String, String>> files = new HashMap<>();

  Javadocs(Path home) {
    this.home = home;
  }

  /**
   * The {@code @param} of a record's component, without a default, for which tables have a column.
   */
  String of(RecordComponent component) {
    return of(component.getDeclaringRecord(), component.getName())
        .orElseThrow(() ->
            new AssertionError(
                "the Javadoc of %s has no @param %s, which users would read"
                    .formatted(component.getDeclaringRecord().getName(), component.getName())));
  }

  /** The comment of an enum's constant. */
  Optional<String> of(Enum<?> constant) {
    return of(constant.getDeclaringClass(), constant.name());
  }

  private Optional<String> of(Class<?> type, String member) {
    var file = Objects.requireNonNull(type.getName().replaceFirst("\\$.*", ""));
    var texts = files.computeIfAbsent(file, this::read);
    var within = type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    return Optional.ofNullable(texts.get(within + "#" + member));
  }

  private Map<String, String> read(String type) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var manager = compiler.getStandardFileManager(null, null, null)) {
      var task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjects(source(type)));
      var texts = new HashMap<String, String>();
      for (var unit : task.parse()) {
        new Scanner(DocTrees.instance(task), texts).scan(unit, "");
      }
      return texts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path source(String type) throws IOException {
    var file = "src/main/java/" + type.replace('.', '/') + ".java";
    try (var modules = Files.find(home, 2, (path, _) -> Files.isRegularFile(path.resolve(file)))) {
      return modules
          .findFirst()
          .orElseThrow(() -> new AssertionError("no module has " + file))
          .resolve(file);
    }
  }

  /** Collects the parameters of records and the comments of fields, by the name of their class. */
  private static final class Scanner extends TreePathScanner<@Nullable Void, String> {
    private final DocTrees trees;
    private final Map<String, String> texts;

    Scanner(DocTrees trees, Map<String, String> texts) {
      this.trees = trees;
      this.texts = texts;
    }

    @Override
    public @Nullable Void visitClass(ClassTree tree, String outer) {
      var name =
          outer.isEmpty() ? tree.getSimpleName().toString() : outer + "." + tree.getSimpleName();
      var comment = comment();
      if (comment != null) {
        for (var tag : comment.getBlockTags()) {
          if (tag instanceof ParamTree param && !param.isTypeParameter()) {
            texts.put(name + "#" + param.getName(), markdown(param.getDescription()));
          }
        }
      }
      return super.visitClass(tree, name);
    }

    @Override
    public @Nullable Void visitVariable(VariableTree tree, String outer) {
      var comment = comment();
      if (comment != null) {
        texts.put(outer + "#" + tree.getName(), markdown(comment.getFullBody()));
      }
      return super.visitVariable(tree, outer);
    }

    private @Nullable DocCommentTree comment() {
      return trees.getDocCommentTree(getCurrentPath());
    }

    private static String markdown(List<? extends DocTree> trees) {
      return trees.stream()
          .map(Scanner::markdown)
          .collect(Collectors.joining())
          .replaceAll("\\s+", " ")
          .strip();
    }

    private static String markdown(DocTree tree) {
      return switch (tree) {
        case LiteralTree literal -> "`" + literal.getBody().getBody().strip() + "`";
        case LinkTree link ->
            throw new AssertionError(
                "%s: users read this text, and have no Javadoc to follow".formatted(link));
        default -> tree.toString();
      };
    }
  }
}
