package io.lhttp.app.settings;

import io.lhttp.app.config.Key;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Place;
import io.lhttp.chain.OnError;
import io.lhttp.channel.Retention;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.server.AddressBlock;
import io.lhttp.server.Drain;
import io.lhttp.server.HostRule;
import io.lhttp.server.Limits;
import io.lhttp.server.OriginRule;
import io.lhttp.server.Transport;
import io.lhttp.server.TrustedProxies;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code lhttp.yaml} says. The components are its keys.
 *
 * @param listen where to listen
 * @param chain the filters, in the order in which messages run through them
 * @param processors classes by command
 * @param broker what carries the channels
 * @param origins whose pages may connect, beside the server's own
 * @param hosts the names that the server answers to; none for the command's own choice
 * @param trustedProxies who is believed about whom a request came from
 * @param forwardedHeader the only header that counts there; both where it is not written
 * @param proxyProtocol whether those proxies begin each connection with a PROXY header
 * @param publishEndpoint whether there is {@code POST /publish}
 * @param slowConsumers policies by channel, or by the beginning of one and {@code *}
 * @param history what channels remember, by channel, or by the beginning of one and {@code *}
 * @param presence of which channels is told who is subscribed, by channel, or by the beginning of
 *     one and {@code *}
 * @param publicFolder whose files are served
 * @param reload how a reload goes
 * @param scripts where they run, and their limits
 * @param probation how long a new generation is watched, and may be rolled back; zero for not at
 *     all, none for the command's own choice
 * @param trace whether clients may ask with {@code trace:true} what became of a message; the
 *     command's own choice where it is not written
 * @param admin where the operator looks
 * @param filePermissions only the command line may say so: who writes in the folder must not
 */
public record Settings(
    Listen listen,
    List<Link> chain,
    Map<String, Use> processors,
    BrokerChoice broker,
    List<OriginRule> origins,
    List<HostRule> hosts,
    List<AddressBlock> trustedProxies,
    Optional<TrustedProxies.Header> forwardedHeader,
    boolean proxyProtocol,
    boolean publishEndpoint,
    Limits limits,
    Map<String, SlowConsumer> slowConsumers,
    Map<String, Remember> history,
    Map<String, PresenceRule> presence,
    Optional<TlsFiles> tls,
    @Key("public") PublicFolder publicFolder,
    Transport transport,
    boolean compression,
    Drain drain,
    ReloadSettings reload,
    ScriptLimits scripts,
    Optional<Duration> probation,
    Optional<Boolean> trace,
    AdminSettings admin,
    LogSettings log,
    FilePermissions filePermissions) {

  /**
   * A filter of the chain.
   *
   * @param place where it is named
   * @param name of a built-in one, or of a class
   */
  public record Link(Place place, String name, OnError onError, Node options) {}

  /**
   * A processor, and where it is named.
   *
   * @param className none for a script
   */
  public record Use(Place place, Optional<String> className, Node options) {}

  /** How much of a channel is remembered. */
  record Remember(int messages, @Key("for") Duration time, int bytes) {
    static final Remember DEFAULT =
        new Remember(
            Retention.DEFAULT.messages(), Retention.DEFAULT.time(), Retention.DEFAULT.bytes());

    Remember {
      var _ = new Retention(messages, time, bytes); // complains
    }
  }

  /** What channels remember, in the order in which patterns are tried. */
  public Map<String, Retention> histories() {
    var histories = new LinkedHashMap<String, Retention>();
    history.forEach(
        (pattern, r) -> histories.put(pattern, new Retention(r.messages, r.time, r.bytes)));
    return histories;
  }

  /** Whether files are run that others than the owner and root could have written. */
  public enum FilePermissions {
    CHECKED,
    IGNORED
  }

  public enum Reload {
    WARM,
    FAST
  }

  /**
   * Where scripts run, and what they may take.
   *
   * @param fetch where their {@code fetch} may go
   * @param callTime one call's
   * @param bodyBytes of the largest body that a script may make or fetch
   * @param attributeBytes of what scripts keep with one connection, or one message
   * @param sharedBytes of what scripts share
   * @param ready since when {@code /readyz} says that the server is ready
   */
  public record ScriptLimits(
      ScriptThreads threads,
      List<FetchTarget> fetch,
      Duration callTime,
      int bodyBytes,
      int attributeBytes,
      long sharedBytes,
      Ready ready) {
    static final ScriptLimits DEFAULT =
        new ScriptLimits(
            ScriptThreads.EVENT_LOOP,
            List.of(),
            Duration.ofMillis(50),
            1024 * 1024,
            64 * 1024,
            64L * 1024 * 1024,
            Ready.LOADED);

    public enum Ready {
      /** Scripts take messages. */
      LOADED,
      /** They have been rehearsed, too. */
      WARM
    }

    public ScriptLimits {
      if (!callTime.isPositive() || bodyBytes <= 0 || attributeBytes <= 0 || sharedBytes <= 0) {
        throw new IllegalArgumentException("every limit of scripts has to be positive");
      }
    }
  }

  /** PEM files. */
  public record TlsFiles(Path certificate, Path key) {}

  public record PublicFolder(Optional<Path> path) {}

  /** The proxies in front of the server. */
  public TrustedProxies proxies() {
    var trusted = TrustedProxies.of(trustedProxies);
    if (forwardedHeader.isPresent()) {
      trusted = trusted.writing(forwardedHeader.get());
    }
    return proxyProtocol ? trusted.withProxyProtocol() : trusted;
  }

  /** What an empty file means. */
  public static Settings defaults(Path folder) {
    var nowhere = Place.of("the default chain");
    var nothing = new Nothing(nowhere);
    return new Settings(
        new Listen(Optional.empty(), Listen.DEFAULT_PORT),
        List.of(
            new Link(nowhere, "pubsub", OnError.REFUSE, nothing),
            new Link(nowhere, "multipart", OnError.REFUSE, nothing)),
        Map.of(),
        new BrokerChoice.Memory(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        false,
        true,
        Limits.DEFAULT,
        Map.of(),
        Map.of(),
        Map.of(),
        Optional.empty(),
        new PublicFolder(Optional.of(folder.resolve("public")).filter(Files::isDirectory)),
        Transport.AUTO,
        true,
        Drain.DEFAULT,
        ReloadSettings.DEFAULT,
        ScriptLimits.DEFAULT,
        Optional.empty(),
        Optional.empty(),
        AdminSettings.DEFAULT,
        LogSettings.DEFAULT,
        FilePermissions.CHECKED);
  }
}
