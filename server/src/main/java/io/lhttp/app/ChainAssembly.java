package io.lhttp.app;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.app.Settings.Link;
import io.lhttp.app.Settings.Use;
import io.lhttp.app.code.Hash;
import io.lhttp.app.code.Recipe;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Problems;
import io.lhttp.message.Message;
import io.lhttp.pipeline.ChainSpec;
import io.lhttp.pipeline.FilterSpec;
import io.lhttp.pipeline.ProcessorSpec;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds what the settings name, built in or in the application's folder. */
final class ChainAssembly {
  private final Path folder;
  private final UserCode code;
  private final Problems problems;

  ChainAssembly(Path folder, UserCode code, Problems problems) {
    this.folder = folder;
    this.code = code;
    this.problems = problems;
  }

  /** The chain, without what could not be found: the problems say what. */
  ChainSpec assemble(Settings settings) {
    var names = new HashSet<String>();
    var filters =
        settings.chain().stream()
            .filter(link -> once(link, names))
            .flatMap(link -> filter(link).stream())
            .toList();
    var processors =
        settings.processors().entrySet().stream()
            .flatMap(entry -> processor(entry.getKey(), entry.getValue()).stream())
            .toList();
    return new ChainSpec(filters, processors);
  }

  private boolean once(Link link, Set<String> names) {
    var first = names.add(link.name());
    if (!first) {
      problems.add(link.place(), "the filter '%s' stands twice in the chain", link.name());
    }
    return first;
  }

  private Optional<FilterSpec> filter(Link link) {
    return recipe(link)
        .map(recipe -> new FilterSpec(link.name(), recipe.fingerprint(), link.onError(), recipe));
  }

  private Optional<Recipe<Filter>> recipe(Link link) {
    var builtIn = BuiltInFilters.find(link.name());
    if (builtIn.isPresent()) {
      var files = new FileShape(folder);
      return Recipe.of(
          link.name(),
          builtIn.get(),
          link.place(),
          link.options(),
          new Binder(problems).with(Path.class, files),
          () -> Hash.of(link.name(), link.options().plain(), files.contents()));
    }
    return code.recipe(
        "filter",
        Filter.class,
        link.name(),
        BuiltInFilters.names(),
        link.place(),
        link.options(),
        new Binder(problems));
  }

  private Optional<ProcessorSpec> processor(String command, Use use) {
    try {
      var _ = Message.builder(command);
    } catch (IllegalArgumentException _) {
      problems.add(
          use.place(),
          "'%s' is no command: it has 1 to 128 bytes, no space and no control character",
          command);
      return Optional.empty();
    }
    Optional<Recipe<Processor>> recipe =
        code.recipe(
            "class",
            Processor.class,
            use.className(),
            List.of(),
            use.place(),
            use.options(),
            new Binder(problems));
    return recipe.map(found -> new ProcessorSpec(command, found.fingerprint(), found));
  }
}
