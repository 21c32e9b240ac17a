package io.lhttp.app.reference;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The metrics that the product's sources create by {@code counter("name", "help", …)} and {@code
 * gauge(…)}. A server shows some of them only in rare states, which no test could reach.
 */
final class SourceMetrics {
  /**
   * All metrics of one name.
   *
   * @param name as Prometheus shows it
   */
  record Family(String name, String kind, String help, Set<String> labels) {}

  private SourceMetrics() {}

  static List<Family> of(Path home) {
    try {
      var found = new LinkedHashMap<String, Family>();
      for (var unit : parsed(sources(home))) {
        new Scanner(found).scan(unit, null);
      }
      // The histogram is no Metric: Prometheus' library makes it.
      found.put(
          "lhttp_link_seconds",
          new Family(
              "lhttp_link_seconds",
              "histogram",
              "The link's own time per message, without that of the links behind it.",
              new LinkedHashSet<>(List.of("kind", "link"))));
      return List.copyOf(found.values());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> sources(Path home) throws IOException {
    var sources = new ArrayList<Path>();
    for (var module : List.of("framework", "filters", "brokers", "scripts", "server")) {
      try (var files = Files.walk(home.resolve(module))) {
        files
            .filter(file -> file.toString().contains("/src/main/java/"))
            .filter(file -> file.toString().endsWith(".java"))
            .filter(SourceMetrics::makesMetrics)
            .sorted()
            .forEach(sources::add);
      }
    }
    return sources;
  }

  private static boolean makesMetrics(Path file) {
    try {
      var text = Files.readString(file);
      return text.contains("Metric") && (text.contains("counter(") || text.contains("gauge("));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Iterable<? extends CompilationUnitTree> parsed(List<Path> sources)
      throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var manager = compiler.getStandardFileManager(null, null, null)) {
      var task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(sources));
      return task.parse();
    }
  }

  /** Collects the metrics of one file. */
  private static final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
    private final Map<String, Family> found;

    /** The values of the file's text variables, by the variables' names. */
    private final Map<String, String> texts = new HashMap<>();

    /** The labels that the file's methods add to a metric, by the methods' names. */
    private final Map<String, Set<String>> adding = new HashMap<>();

    Scanner(Map<String, Family> found) {
      this.found = found;
    }

    @Override
    public @Nullable Void visitCompilationUnit(CompilationUnitTree unit, @Nullable Void nothing) {
      new TreeScanner<@Nullable Void, @Nullable Void>() {
        @Override
        public @Nullable Void visitVariable(VariableTree variable, @Nullable Void none) {
          remember(variable);
          return super.visitVariable(variable, null);
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void none) {
          if (String.valueOf(method.getReturnType()).equals("Metric")) {
            adding
                .computeIfAbsent(method.getName().toString(), _ -> new LinkedHashSet<>())
                .addAll(labelsIn(method));
          }
          return super.visitMethod(method, null);
        }
      }.scan(unit, null);
      return super.visitCompilationUnit(unit, null);
    }

    /** The labels that a method's body adds. */
    private Set<String> labelsIn(MethodTree method) {
      var labels = new LinkedHashSet<String>();
      new TreeScanner<@Nullable Void, @Nullable Void>() {
        @Override
        public @Nullable Void visitMethodInvocation(
            MethodInvocationTree call, @Nullable Void none) {
          super.visitMethodInvocation(call, null);
          label(call, labels);
          return null;
        }
      }.scan(method.getBody(), null);
      return labels;
    }

    /** A variable of a method hides that of another method of the same name. */
    @Override
    public @Nullable Void visitVariable(VariableTree variable, @Nullable Void nothing) {
      remember(variable);
      return super.visitVariable(variable, null);
    }

    private void remember(VariableTree variable) {
      var text = text(variable.getInitializer());
      if (text != null) {
        texts.put(variable.getName().toString(), text);
      }
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void nothing) {
      var kind = name(call);
      if ((kind.equals("counter") || kind.equals("gauge")) && call.getArguments().size() == 3) {
        var name = text(call.getArguments().get(0));
        var help = text(call.getArguments().get(1));
        if (name != null && help != null) {
          var full = "lhttp_" + name + (kind.equals("counter") ? "_total" : "");
          found.putIfAbsent(full, new Family(full, kind, help, labels(getCurrentPath())));
        }
      }
      return super.visitMethodInvocation(call, null);
    }

    /** The labels that are added to a metric right where it is made. */
    private Set<String> labels(TreePath made) {
      var labels = new LinkedHashSet<String>();
      var path = made;
      while (path.getParentPath().getLeaf() instanceof MemberSelectTree
          || path.getParentPath().getLeaf() instanceof MethodInvocationTree) {
        path = path.getParentPath();
        if (path.getLeaf() instanceof MethodInvocationTree call) {
          label(call, labels);
          labels.addAll(adding.getOrDefault(name(call), Set.of()));
        }
      }
      return labels;
    }

    private void label(MethodInvocationTree call, Set<String> labels) {
      var text = call.getArguments().isEmpty() ? null : text(call.getArguments().getFirst());
      if (name(call).equals("with") && text != null) {
        labels.add(text);
      }
    }

    private static String name(MethodInvocationTree call) {
      return switch (call.getMethodSelect()) {
        case IdentifierTree method -> method.getName().toString();
        case MemberSelectTree method -> method.getIdentifier().toString();
        default -> "";
      };
    }

    /** The value of a constant text; null for anything else. */
    private @Nullable String text(@Nullable ExpressionTree expression) {
      return switch (expression) {
        case LiteralTree literal when literal.getValue() instanceof String text -> text;
        case BinaryTree sum -> {
          var left = text(sum.getLeftOperand());
          var right = text(sum.getRightOperand());
          yield left == null || right == null ? null : left + right;
        }
        case IdentifierTree variable -> texts.get(variable.getName().toString());
        case null, default -> null;
      };
    }
  }
}
