package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.app.code.FilePermissions;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Overrides;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.Yaml;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.ApiAccess;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.Link;
import io.lhttp.app.settings.SettingsReader;
import io.lhttp.filters.presence.Presence;
import io.lhttp.revocation.Revocations;
import io.lhttp.scripts.ScriptHost;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads an application's folder, once or again at each reload. Configure it on one thread first;
 * then any thread may load.
 */
public final class ApplicationLoader {
  private static final String FILE = "lhttp.yaml";
  private static final String PERMISSIONS = "file-permissions";

  private final Path folder;
  private List<String> overrides = List.of();
  private Function<String, @Nullable String> environment = System::getenv;
  private Mode mode = Mode.DEV;
  private UnaryOperator<ScriptHost.Builder> tuning = UnaryOperator.identity();
  private Consumer<Set<Path>> secretFiles = _ -> {};
  private Supplier<Revocations> revocations = () -> Revocations.none("");

  public ApplicationLoader(Path folder) {
    this.folder = folder;
  }

  /**
   * @param overrides {@code KEY=VALUE}, see {@link Overrides}
   */
  public ApplicationLoader overrides(List<String> overrides) {
    this.overrides = List.copyOf(overrides);
    return this;
  }

  /** Replaces the environment of the process, to which {@code ${NAME}} refers. */
  public ApplicationLoader environment(Function<String, @Nullable String> environment) {
    this.environment = environment;
    return this;
  }

  /** The mode of the running command; {@link Mode#DEV} by default. */
  public ApplicationLoader mode(Mode mode) {
    this.mode = mode;
    return this;
  }

  /** Changes the builder of the script host, which the first reading of the folder creates. */
  public ApplicationLoader scriptHost(UnaryOperator<ScriptHost.Builder> tuning) {
    this.tuning = tuning;
    return this;
  }

  /**
   * @param receiver gets the files of secrets that the configuration names, also if the reading has
   *     errors
   */
  public ApplicationLoader secretFiles(Consumer<Set<Path>> receiver) {
    this.secretFiles = receiver;
    return this;
  }

  /**
   * Sets the list of revocations. Each new filter that verifies tokens gets it when it is created.
   * By default nobody is revoked.
   */
  public ApplicationLoader revocations(Supplier<Revocations> list) {
    this.revocations = list;
    return this;
  }

  /**
   * Reads the folder for the first time.
   *
   * @throws ConfigurationException with all errors
   */
  public Application load() throws ConfigurationException {
    return load(Optional.empty());
  }

  /**
   * Reads the folder again.
   *
   * @param before an earlier reading, whose unchanged classes and scripts are kept
   * @throws ConfigurationException with all errors
   */
  public Application load(Application before) throws ConfigurationException {
    return load(Optional.of(before));
  }

  /**
   * Reads the settings alone, without the code.
   *
   * @throws ConfigurationException with all errors
   */
  public Settings settings() throws ConfigurationException {
    var problems = new Problems();
    var checked = !overrides.contains(PERMISSIONS + "=ignored");
    var settings =
        new SettingsReader(folder, problems, new SecretFiles(folder, checked))
            .read(root(checked, problems));
    problems.throwIfAny();
    return settings;
  }

  /**
   * Reads the parts of the file by which a command calls the server API. Errors in other parts
   * don't matter.
   *
   * @throws ConfigurationException if the file can't be read, is not trusted, or is no YAML
   */
  public ApiAccess apiAccess() throws ConfigurationException {
    var problems = new Problems();
    var checked = !overrides.contains(PERMISSIONS + "=ignored");
    var text = text(checked, problems);
    problems.throwIfAny();
    var root = Yaml.file(name(), text, environment, problems);
    if (root instanceof Node.Unread) {
      problems.throwIfAny();
    }
    return new ApiAccess(folder, root, problems.found(), new SecretFiles(folder, checked));
  }

  /** Reads the file, with the values of the command line in place of the file's. */
  private Node root(boolean checked, Problems problems) throws ConfigurationException {
    var root = Yaml.file(name(), text(checked, problems), environment, problems);
    if (root instanceof Mapping mapping && mapping.entry(PERMISSIONS).isPresent()) {
      problems.add(
          mapping.entry(PERMISSIONS).get().place(),
          "%s: only the command line may say this, as who writes here must not decide it: --set"
              + " %s=ignored",
          PERMISSIONS,
          PERMISSIONS);
    }
    var options = new Overrides(environment, problems);
    for (var override : overrides) {
      root = options.apply(root, override);
    }
    return root;
  }

  @SuppressWarnings("OptionalMapToOptional") // an application before may have no occupancy
  private Application load(Optional<Application> before) throws ConfigurationException {
    var problems = new Problems();
    var checked = !overrides.contains(PERMISSIONS + "=ignored");
    var root = root(checked, problems);
    var secrets = new SecretFiles(folder, checked);
    var settings = new SettingsReader(folder, problems, secrets).read(root);
    var code =
        UserCode.load(
            folder, before.map(Application::code), checked, settings.java().texts(), problems);
    var scripts =
        before.map(Application::scripts).orElseGet(() -> new Scripts(mode, settings, tuning));
    scripts.reloading();
    var presence =
        before
            .map(Application::presence)
            .orElseGet(() ->
                Optional.of(settings.presence())
                    .filter(p -> !p.isEmpty())
                    .map(p -> new Presence(new LinkedHashMap<>(p))));
    var occupancy =
        new SharedOccupancy(
            before.map(Application::occupancy), settings.broker().obstacleToPresence());
    try {
      var sources = new ScriptFolder(folder, scripts, secrets, problems);
      var chain =
          new ChainAssembly(
                  folder, code, sources, secrets, presence, occupancy, revocations, problems)
              .assemble(settings);
      secretFiles.accept(secrets.files());
      problems.throwIfAny();
      var files = new TreeMap<>(code.files());
      files.putAll(sources.files());
      files.putAll(secrets.hashes());
      var used = settings.chain().stream().map(Link::filterName).collect(Collectors.toSet());
      return new Application(
          folder,
          settings,
          chain,
          code,
          files,
          () -> sources.unused(used),
          () -> filesInNoChain(sources, code, used),
          () ->
              Stream.of(
                      code.warnings(),
                      secrets.advice(),
                      used.contains("pubsub") ? sources.advice() : List.<Problem>of())
                  .flatMap(List::stream)
                  .toList(),
          presence,
          occupancy.found(),
          secrets,
          scripts);
    } catch (ConfigurationException | RuntimeException | Error e) {
      if (before.isEmpty()) {
        scripts.close();
      }
      throw e;
    }
  }

  private List<String> filesInNoChain(ScriptFolder scripts, UserCode code, Set<String> used) {
    var classes = code.filterSources(Filter.class);
    classes.keySet().removeAll(used);
    return Stream.concat(scripts.unusedFiles(used).stream(), classes.values().stream())
        .map(file -> folder.relativize(file).toString())
        .sorted()
        .toList();
  }

  private String text(boolean checked, Problems problems) throws ConfigurationException {
    if (!Files.isDirectory(folder)) {
      throw new ConfigurationException(Place.of(folder.toString()), "no such folder");
    }
    try {
      var trust = new FilePermissions(folder, checked, problems);
      if (!trust.allows(folder) || !trust.allows(folder.resolve(FILE))) {
        return "";
      }
      return Files.readString(folder.resolve(FILE));
    } catch (MalformedInputException _) {
      throw new ConfigurationException(Place.of(name()), "not UTF-8");
    } catch (IOException _) {
      throw new ConfigurationException(
          Place.of(name()),
          "no such file; every application's folder has one, and an empty one means the defaults");
    }
  }

  private String name() {
    return folder.resolve(FILE).toString();
  }
}
