package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.app.code.FilePermissions;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Overrides;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.Yaml;
import io.lhttp.app.logging.Printable;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.Link;
import io.lhttp.app.settings.SettingsReader;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.filters.presence.Presence;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.SlowConsumers;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An application's folder that was read without errors.
 *
 * @param code the classes and scripts of the chain's links
 * @param files hashes of the files that were read for the chain, by name
 * @param unused creates the filters of the folder that are not in the chain
 * @param filesInNoChain the files of filters that are not in the chain, by their paths from the
 *     folder
 * @param advice warnings of probable mistakes in code and scripts
 * @param presence the members of channels; the first reading of the folder creates it, and later
 *     ones share it
 * @param secrets the files of secrets
 * @param scripts runs the scripts; the first reading of the folder creates it, and its caller
 *     closes it
 */
public record Application(
    Path folder,
    Settings settings,
    ChainSpec chain,
    UserCode code,
    Map<String, String> files,
    Supplier<List<Callable<Filter>>> unused,
    Supplier<List<String>> filesInNoChain,
    Supplier<List<Problem>> advice,
    Optional<Presence> presence,
    SecretFiles secrets,
    Scripts scripts) {
  private static final String FILE = "lhttp.yaml";
  private static final String PERMISSIONS = "file-permissions";

  /**
   * Reads a folder.
   *
   * @param overrides {@code KEY=VALUE}, see {@link Overrides}
   * @throws ConfigurationException with all errors
   */
  public static Application load(
      Path folder, List<String> overrides, Function<String, @Nullable String> environment)
      throws ConfigurationException {
    return load(folder, overrides, environment, Mode.DEV, Optional.empty());
  }

  /**
   * Reads a folder again.
   *
   * @param mode the mode of the running command
   * @param before an earlier reading, whose unchanged classes and scripts are kept
   */
  public static Application load(
      Path folder,
      List<String> overrides,
      Function<String, @Nullable String> environment,
      Mode mode,
      Optional<Application> before)
      throws ConfigurationException {
    return load(folder, overrides, environment, mode, before, UnaryOperator.identity(), _ -> {});
  }

  /**
   * Reads a folder again, and lets the caller change the builder of the script host.
   *
   * @param tuning changes the builder; without effect if there was an earlier reading, whose script
   *     host stays
   * @param named receives the files of secrets that the configuration names, also if the reading
   *     has errors
   */
  public static Application load(
      Path folder,
      List<String> overrides,
      Function<String, @Nullable String> environment,
      Mode mode,
      Optional<Application> before,
      UnaryOperator<ScriptHost.Builder> tuning,
      Consumer<Set<Path>> named)
      throws ConfigurationException {
    var problems = new Problems();
    var checked = !overrides.contains(PERMISSIONS + "=ignored");
    var root = Yaml.file(name(folder), text(folder, checked, problems), environment, problems);
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
    var secrets = new SecretFiles(folder, checked, problems);
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
    try {
      var sources = new ScriptFolder(folder, scripts, secrets, problems);
      var chain =
          new ChainAssembly(folder, code, sources, secrets, presence, problems).assemble(settings);
      named.accept(secrets.files());
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
          () -> filesInNoChain(folder, sources, code, used),
          () ->
              Stream.of(
                      code.warnings(),
                      secrets.advice(),
                      used.contains("pubsub") ? sources.advice() : List.<Problem>of())
                  .flatMap(List::stream)
                  .toList(),
          presence,
          secrets,
          scripts);
    } catch (ConfigurationException | RuntimeException | Error e) {
      if (before.isEmpty()) {
        scripts.close();
      }
      throw e;
    }
  }

  private static List<String> filesInNoChain(
      Path folder, ScriptFolder scripts, UserCode code, Set<String> used) {
    var classes = code.filterSources(Filter.class);
    classes.keySet().removeAll(used);
    return Stream.concat(scripts.unusedFiles(used).stream(), classes.values().stream())
        .map(file -> folder.relativize(file).toString())
        .sorted()
        .toList();
  }

  /** Returns the builder of a server with these settings, but without a broker. */
  public LhttpServer.Builder server(Mode mode) {
    var builder =
        LhttpServer.builder()
            .host(settings.listen().host().orElse(mode.host()))
            .port(settings.listen().port())
            .transport(settings.transport())
            .limits(settings.limits())
            .origins(mode.origins(settings.origins()))
            .hosts(mode.hosts(settings.hosts()))
            .trustedProxies(settings.proxies())
            .publishEndpoint(settings.publishEndpoint())
            .drain(mode.drain(settings.drain()))
            .slowConsumers(SlowConsumers.of(new LinkedHashMap<>(settings.slowConsumers())))
            .compression(settings.compression())
            .resource("/lhttp.js", Resources.javaScriptClient())
            .readiness(scripts::unready)
            .chain(chain(mode));
    settings.tls().ifPresent(tls -> builder.tls(tls.certificate(), tls.key()));
    settings.publicFolder().path().ifPresent(builder::publicFolder);
    return builder;
  }

  /**
   * The chain. The settings decide whether clients may request traces, or else the command's
   * default.
   */
  public ChainSpec chain(Mode mode) {
    return new ChainSpec(chain.filters(), chain.processors(), mode.trace(settings.trace()));
  }

  /** The names of the links, in the order in which messages run through them. */
  public String chainInWords() {
    return joined(chain.filters().stream().map(FilterSpec::name), " > ");
  }

  public String commandsInWords() {
    return joined(chain.processors().stream().map(ProcessorSpec::command), ", ");
  }

  private static String joined(Stream<String> names, String separator) {
    var joined = names.collect(Collectors.joining(separator));
    return joined.isEmpty() ? "(none)" : Printable.of(joined, 1_000);
  }

  private static String text(Path folder, boolean checked, Problems problems)
      throws ConfigurationException {
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
      throw new ConfigurationException(Place.of(name(folder)), "not UTF-8");
    } catch (IOException _) {
      throw new ConfigurationException(
          Place.of(name(folder)),
          "no such file; every application's folder has one, and an empty one means the defaults");
    }
  }

  private static String name(Path folder) {
    return folder.resolve(FILE).toString();
  }
}
