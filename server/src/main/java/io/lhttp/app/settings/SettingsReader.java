package io.lhttp.app.settings;

import io.lhttp.app.api.ApiKey;
import io.lhttp.app.api.ApiKeys;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Key;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Node.Unread;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.SecretMask;
import io.lhttp.app.config.Shape;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.Settings.Link;
import io.lhttp.app.settings.Settings.PublicFolder;
import io.lhttp.app.settings.Settings.Use;
import io.lhttp.chain.OnError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the settings from YAML. Each error in them is added to the problems. */
public final class SettingsReader {
  private static final String ON_ERROR = "on-error";
  private static final String FILTER = "filter";
  private static final List<String> BY_CHANNEL = List.of("slow-consumers", "history", "presence");

  private final Path folder;
  private final Problems problems;
  private final SecretFiles secrets;

  public SettingsReader(Path folder, Problems problems, SecretFiles secrets) {
    this.folder = folder;
    this.problems = problems;
    this.secrets = secrets;
  }

  public Settings read(Node root) {
    var defaults = Settings.defaults(folder);
    var settings = binder().bind(Settings.class, root, "", defaults).orElse(defaults);
    for (var byChannel : BY_CHANNEL) {
      ChannelPatterns.check(byChannel, root, problems);
    }
    if (!settings.history().isEmpty()) {
      settings
          .broker()
          .obstacle()
          .ifPresent(why -> problems.add(placeOf("history", root), "history: %s", why));
    }
    if (!settings.presence().isEmpty()) {
      settings
          .broker()
          .obstacleToPresence()
          .ifPresent(why -> problems.add(placeOf("presence", root), "presence: %s", why));
    }
    settings
        .revocations()
        .obstacle(settings.broker())
        .ifPresent(why -> problems.add(placeOf("revocations", root), "revocations: %s", why));
    checkProxies(settings, root);
    checkKeys(settings.api(), root);
    if (settings.api().useless() && problems.size() == 0) {
      problems.add(placeOf("api", root), "api.listen needs api.keys, or nobody could call the API");
    }
    return settings;
  }

  /** Returns a binder for all types of the settings. */
  Binder binder() {
    return secrets
        .on(new Binder(problems))
        .with(Listen.class, Shape.single("a port or HOST:PORT", Listen::parse))
        .with(
            FetchTarget.class,
            Shape.single("a URL such as http://127.0.0.1:9000/", FetchTarget::parse))
        .with(
            ScriptThreads.class,
            Shape.single("event-loop, or 1 to 1000 threads", ScriptThreads::parse))
        .with(Path.class, new FileShape(folder))
        .with(PublicFolder.class, (node, name, _) -> publicFolder(node, name))
        .with(BrokerChoice.class, BrokerChoice::read)
        .with(Link.class, this::link)
        .with(Use.class, this::use)
        .with(AdminSettings.class, AdminSettings::read)
        .with(ApiKey.class, ApiSettings::key)
        .with(ReloadSettings.class, ReloadSettings::read)
        .with(JavaSettings.Option.class, JavaSettings.Option::read)
        .with(Node.class, (node, _, _) -> node)
        .with(Scalar.class, (node, name, _) -> scalar(node, name, "a name"));
  }

  private void checkProxies(Settings settings, Node root) {
    try {
      var _ = settings.proxies();
    } catch (IllegalArgumentException e) {
      problems.add(
          placeOf("trusted-proxies", root),
          "trusted-proxies: %s",
          SecretMask.sentence(String.valueOf(e.getMessage())));
    }
    if (settings.trustedProxies().isEmpty()) {
      var about = "%s: it is about trusted-proxies, and none are written";
      if (settings.proxyProtocol()) {
        problems.add(placeOf("proxy-protocol", root), about, "proxy-protocol");
      }
      if (settings.forwardedHeader().isPresent()) {
        problems.add(placeOf("forwarded-header", root), about, "forwarded-header");
      }
    }
  }

  private void checkKeys(ApiSettings api, Node root) {
    try {
      var _ = api.valid();
    } catch (IllegalArgumentException e) {
      var keys = List.of("api", "keys");
      var at =
          e instanceof ApiKeys.SameSecretException same
              ? List.of("api", "keys", same.second())
              : keys;
      problems.add(
          placeOf(at, root),
          "%s: %s",
          String.join(".", keys),
          SecretMask.sentence(String.valueOf(e.getMessage())));
    }
  }

  /** Returns the place of the innermost key of a path that is written. */
  private static Place placeOf(List<String> path, Node root) {
    var place = root.place();
    var node = Optional.of(root);
    for (var key : path) {
      var entry =
          node.filter(Mapping.class::isInstance)
              .map(Mapping.class::cast)
              .flatMap(found -> found.entry(key));
      place = entry.map(Node.Entry::place).orElse(place);
      node = entry.map(Node.Entry::value);
    }
    return place;
  }

  private static Place placeOf(String key, Node root) {
    return root instanceof Mapping mapping
        ? mapping.entry(key).map(Node.Entry::place).orElse(root.place())
        : root.place();
  }

  private @Nullable Scalar scalar(Node node, String name, String expected) {
    if (node instanceof Scalar scalar) {
      return scalar;
    }
    if (!(node instanceof Unread)) {
      problems.add(node.place(), "%s: expected %s, not %s", name, expected, node.describe(name));
    }
    return null;
  }

  private @Nullable PublicFolder publicFolder(Node node, String name) {
    var scalar = scalar(node, name, "a folder, or false");
    if (scalar == null || scalar.text().equals("false")) {
      return new PublicFolder(Optional.empty());
    }
    var path = folder.resolve(scalar.text());
    if (!Files.isDirectory(path)) {
      problems.add(node.place(), "%s: no such folder: %s", name, FileShape.shown(folder, scalar));
    }
    return new PublicFolder(Optional.of(path));
  }

  private @Nullable Link link(Node node, String name, Binder binder) {
    return switch (node) {
      case Scalar scalar ->
          new Link(node.place(), scalar.text(), OnError.REFUSE, new Nothing(node.place()));
      case Mapping mapping when mapping.entries().size() == 1 ->
          link(mapping.entries().getFirst(), binder);
      default -> {
        problems.add(
            node.place(),
            "%s: expected a filter's name, or one name with its options, not %s",
            name,
            node.describe(name));
        yield null;
      }
    };
  }

  private @Nullable Link link(Node.Entry entry, Binder binder) {
    if (!(entry.value() instanceof Mapping written)
        || (written.entry(ON_ERROR).isEmpty() && written.entry(FILTER).isEmpty())) {
      return new Link(entry.place(), entry.key(), OnError.REFUSE, entry.value());
    }
    var name = SecretMask.word(entry.key());
    var filter = written.entry(FILTER);
    var onError = written.entry(ON_ERROR);
    var options = written.without(ON_ERROR).without(FILTER);
    var link =
        new Link(
            entry.place(),
            entry.key(),
            filter.map(named -> scalar(named.value(), name + "." + FILTER, "a filter's name")),
            onError
                .map(Node.Entry::value)
                .map(value ->
                    binder.value(OnError.class, value, name + "." + ON_ERROR, OnError.REFUSE))
                .orElse(OnError.REFUSE),
            options.entries().isEmpty() ? new Nothing(written.place()) : options);
    return filter.isPresent() && link.filter().isEmpty() ? null : link;
  }

  private @Nullable Use use(Node node, String name, Binder binder) {
    if (node instanceof Scalar scalar) {
      return new Use(node.place(), Optional.of(scalar.text()), new Nothing(node.place()));
    }
    return binder.bind(WrittenUse.class, node, name).map(use -> use.at(node.place())).orElse(null);
  }

  /**
   * A class, or a script, with options.
   *
   * @param name the name of a Java class; without it the processor is {@code processors/COMMAND.js}
   * @param options what the class's constructor takes, or what the script finds in {@code
   *     ctx.options}
   */
  record WrittenUse(@Key("class") Optional<Scalar> name, Optional<Node> options) {
    Use at(Place place) {
      var at = name.map(Scalar::place).orElse(place);
      return new Use(at, name.map(Scalar::text), options.orElse(new Nothing(at)));
    }
  }
}
