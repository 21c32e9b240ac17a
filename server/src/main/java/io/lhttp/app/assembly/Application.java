package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.config.Problem;
import io.lhttp.app.logging.Printable;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.filters.occupancy.Occupancy;
import io.lhttp.filters.presence.Presence;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.SlowConsumers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An application's folder that {@link ApplicationLoader} has read without errors.
 *
 * @param code the classes and scripts of the chain's links
 * @param files hashes of the files that were read for the chain, by name
 * @param unused creates the filters of the folder that are not in the chain
 * @param filesInNoChain the files of filters that are not in the chain, by their paths from the
 *     folder
 * @param advice warnings of probable mistakes in code and scripts
 * @param presence the members of channels; the first reading of the folder creates it, and later
 *     ones share it
 * @param occupancy the occupied channels of all servers, if a link reports them; shared as well
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
    Optional<Occupancy> occupancy,
    SecretFiles secrets,
    Scripts scripts) {
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
}
