package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.app.code.Hash;
import io.lhttp.app.code.InstanceFactory;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.code.UserCode.Wanted;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.SecretMask;
import io.lhttp.app.config.Shape;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.FileShape;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.Link;
import io.lhttp.app.settings.Settings.Use;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.filters.auth.AuthFilter;
import io.lhttp.filters.presence.Presence;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.ClientTargetRules;
import io.lhttp.filters.upstream.EventsFilter;
import io.lhttp.filters.upstream.EventsOptions;
import io.lhttp.internal.text.Nearest;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocations;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Builds the description of the chain: finds each name of the settings among the built-in filters
 * and in the application's folder.
 */
final class ChainAssembly {
  private final Path folder;
  private final UserCode code;
  private final ScriptFolder scripts;
  private final SecretFiles secrets;
  private final Optional<Presence> presence;
  private final SharedOccupancy occupancy;
  private final Supplier<Revocations> revocations;
  private final Problems problems;

  ChainAssembly(
      Path folder,
      UserCode code,
      ScriptFolder scripts,
      SecretFiles secrets,
      Optional<Presence> presence,
      SharedOccupancy occupancy,
      Supplier<Revocations> revocations,
      Problems problems) {
    this.folder = folder;
    this.code = code;
    this.scripts = scripts;
    this.secrets = secrets;
    this.presence = presence;
    this.occupancy = occupancy;
    this.revocations = revocations;
    this.problems = problems;
  }

  /** Returns the chain without the links that were not found; the problems name these. */
  ChainSpec assemble(Settings settings) {
    var names = new ChainNames(code, scripts, problems);
    var filters =
        settings.chain().stream()
            .filter(link -> names.admit(link, settings.chain()))
            .flatMap(link -> filter(link).stream())
            .toList();
    var named =
        settings.processors().entrySet().stream()
            .flatMap(entry -> processor(entry.getKey(), entry.getValue()).stream());
    var unnamed =
        scripts.commands().stream()
            .filter(command -> !settings.processors().containsKey(command))
            .flatMap(command -> script(command).stream());
    return new ChainSpec(filters, Stream.concat(named, unnamed).toList());
  }

  private Optional<FilterSpec> filter(Link link) {
    var name = link.filterName();
    if (scripts.filterNames().contains(name)) {
      if (BuiltInFilters.find(name).isPresent()) {
        problems.add(
            link.filterPlace(),
            "'%s' is a filter that comes with the server: give filters/%s.js another name",
            name,
            name);
        return Optional.empty();
      }
      return withHint(link, found -> scripts.filter(link, found));
    }
    return withHint(link, found -> factory(link, found))
        .map(factory ->
            new FilterSpec(
                link.name(),
                factory.fingerprint(),
                link.onError(),
                withServerState(link, factory)));
  }

  /**
   * Gives built-in filters the state that outlives them: the one that answers the command {@code
   * presence} the members of the channels, the one that verifies tokens the list of revocations,
   * and the one that reports the channels' occupancy the channels of all servers.
   */
  private Callable<? extends Filter> withServerState(Link link, InstanceFactory<Filter> factory) {
    var type = factory.constructor().getDeclaringClass();
    if (type == AuthFilter.class) {
      return factory.then(filter -> ((AuthFilter) filter).with(revocations.get()));
    }
    if (type == PubSubFilter.class && presence.isPresent()) {
      return factory.then(filter -> ((PubSubFilter) filter).with(presence.get()));
    }
    return type == EventsFilter.class ? withOccupancy(link, factory) : factory;
  }

  /** Gives a filter that reports the channels' occupancy the channels of all servers. */
  private Callable<? extends Filter> withOccupancy(Link link, InstanceFactory<Filter> factory) {
    if (!(factory.arguments().getFirst() instanceof EventsOptions options)
        || !options.ofChannels()) {
      return factory;
    }
    return occupancy
        .needed(link, problems)
        .<Callable<? extends Filter>>map(
            channels -> factory.then(filter -> ((EventsFilter) filter).with(channels)))
        .orElse(factory);
  }

  /**
   * Reads the options of a filter. If an option of the command line has chosen the filter, errors
   * in the options that the file gives to it name that option, too.
   *
   * @param read adds errors to the problems that it gets
   */
  private <T> Optional<T> withHint(Link link, Function<Problems, Optional<T>> read) {
    var chosenAt = link.chosenAt();
    if (chosenAt.equals(link.place())) {
      return read.apply(problems);
    }
    var found = new Problems();
    var result = read.apply(found);
    for (var problem : found.found()) {
      var hint =
          problem.place().source().equals(chosenAt.source())
              ? ""
              : " (%s has chosen the filter)".formatted(chosenAt);
      problems.add(problem.place(), "%s", problem.message() + hint);
    }
    return result;
  }

  private Optional<InstanceFactory<Filter>> factory(Link link, Problems problems) {
    var name = link.filterName();
    var builtIn = BuiltInFilters.find(name);
    if (builtIn.isPresent()) {
      var binder =
          secrets
              .on(new Binder(problems))
              .with(Path.class, new FileShape(folder))
              .with(ClientTargetRules.class, ChainAssembly::fromClients);
      return InstanceFactory.of(
          link.name(),
          builtIn.get(),
          link.chosenAt(),
          link.options(),
          binder,
          () -> Hash.of(name, link.options().plain(), binder.contents()));
    }
    var names = new ArrayList<>(BuiltInFilters.names());
    names.addAll(scripts.filterNames());
    return code.factory(
        new Wanted<>("filter", Filter.class, name, names, link.filterPlace()),
        link.name(),
        link.chosenAt(),
        link.options(),
        usersBinder(problems));
  }

  /**
   * Returns a binder for the options of users' classes; relative paths in them begin at the
   * application's folder.
   */
  private Binder usersBinder(Problems problems) {
    return secrets
        .on(new Binder(problems))
        .with(Path.class, Shape.single("a path", folder::resolve));
  }

  /** Reads the option {@code from-clients}: {@code true}, {@code false}, or a list of rules. */
  private static @Nullable ClientTargetRules fromClients(Node node, String name, Binder binder) {
    if (node instanceof Node.Scalar scalar && scalar.text().equals("true")) {
      return ClientTargetRules.ANY;
    } else if (node instanceof Node.Scalar scalar && scalar.text().equals("false")) {
      return ClientTargetRules.NONE;
    } else if (node instanceof Node.Sequence sequence) {
      var rules = new ArrayList<ClientTargetRules.Rule>();
      for (var i = 0; i < sequence.items().size(); i++) {
        binder
            .bind(ClientTargetRules.Rule.class, sequence.items().get(i), name + "[" + i + "]")
            .ifPresent(rules::add);
      }
      return new ClientTargetRules(rules);
    }
    binder
        .problems()
        .add(
            node.place(),
            "%s: expected true, false or a list of rules (methods, to, roles), not %s",
            name,
            node.describe(name));
    return null;
  }

  /**
   * Returns a processor for a script without an entry in the settings; its command is the file's
   * name.
   */
  private Optional<ProcessorSpec> script(String command) {
    var place = Place.of(scripts.processorFile(command));
    return commandAt(command, place)
        ? scripts.processor(command, place, new Nothing(place))
        : Optional.empty();
  }

  /** Returns a processor for a script to which the settings give options. */
  private Optional<ProcessorSpec> named(String command, Use use) {
    if (scripts.commands().contains(command)) {
      return scripts.processor(command, use.place(), use.options());
    }
    problems.add(
        use.place(),
        "processors.%s: the key 'class' is missing, and there is no processors/%s.js%s",
        SecretMask.word(command, scripts.commands()),
        SecretMask.word(command, scripts.commands()),
        Nearest.to(command, scripts.commands())
            .map(near -> ", did you mean '" + near + "'?")
            .orElse(""));
    return Optional.empty();
  }

  private Optional<ProcessorSpec> processor(String command, Use use) {
    if (!commandAt(command, use.place())) {
      return Optional.empty();
    }
    if (use.className().isEmpty()) {
      return named(command, use);
    }
    if (scripts.commands().contains(command) && isScript(use.className().get())) {
      problems.add(
          use.place(),
          "processors.%s: a script needs no class, and %s is the processor of '%s' without this"
              + " entry: leave it out, or write options under it",
          command,
          scripts.processorFile(command),
          command);
      return Optional.empty();
    }
    if (scripts.commands().contains(command)) {
      problems.add(
          use.place(),
          "'%s' has two processors: the class %s and %s",
          command,
          SecretMask.word(use.className().get()),
          scripts.processorFile(command));
      return Optional.empty();
    }
    Optional<InstanceFactory<Processor>> factory =
        code.factory(
            new Wanted<>("class", Processor.class, use.className().get(), List.of(), use.place()),
            use.className().get(),
            use.place(),
            use.options(),
            usersBinder(problems));
    return factory.map(found -> new ProcessorSpec(command, found.fingerprint(), found));
  }

  private static boolean isScript(String name) {
    return name.endsWith(".js") || name.endsWith(".ts");
  }

  private boolean commandAt(String command, Place place) {
    try {
      var _ = Message.builder(command);
      return true;
    } catch (IllegalArgumentException _) {
      problems.add(
          place,
          "'%s' is no command: it has 1 to 128 bytes, no space and no control character",
          SecretMask.word(command));
      return false;
    }
  }
}
