package io.lhttp.app.settings;

import io.lhttp.AddressBlock;
import io.lhttp.Secrets;
import io.lhttp.app.config.Key;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Place;
import io.lhttp.chain.OnError;
import io.lhttp.channel.Retention;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.filters.presence.PresenceRule;
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
 * The settings of {@code lhttp.yaml}. The components are its keys.
 *
 * @param listen the address to listen on; a port alone is on all interfaces in {@code serve}, and
 *     on this machine alone in {@code dev}. {@code *:8081} is on all interfaces, port 0 is a free
 *     one
 * @param chain the filters, in the order in which messages run through them; by default {@code
 *     pubsub} and {@code multipart}
 * @param processors the processors by command, with a Java class or with options; a script {@code
 *     processors/NAME.js} needs no entry
 * @param broker where channels live: {@code memory} for this process alone, {@code nats} for
 *     several servers
 * @param origins origins of web pages that may connect and publish beside the server's own pages
 * @param hosts the host names that the server answers; by default any, in {@code dev} this
 *     machine's
 * @param trustedProxies the addresses of proxies whose forwarding headers count
 * @param forwardedHeader the only forwarding header that counts; by default both, and a request
 *     whose headers differ is refused
 * @param proxyProtocol whether trusted proxies begin each connection with a PROXY header
 * @param publishEndpoint whether there is {@code POST /publish}
 * @param limits the bounds on the cost of one client, and of all together
 * @param slowConsumers what happens to a client that reads too slowly, by channel, or by the
 *     beginning of one and {@code *}; the first that fits counts, and the default is {@code close}
 * @param history the channels with a history, by name, or by the beginning of one and {@code *};
 *     the first that fits counts
 * @param presence the channels with presence, by name, or by the beginning of one and {@code *};
 *     the first that fits counts
 * @param revocations where the list of revoked tokens and blocked users is kept
 * @param tls the certificate, if the server itself encrypts
 * @param publicFolder the folder of static files; by default {@code public}, if there is one
 * @param transport the kernel's interface for network events
 * @param compression whether messages are compressed for clients that offer permessage-deflate
 * @param drain how connections end before the server stops
 * @param reload how a reload runs
 * @param scripts the threads and limits of scripts
 * @param java how the folder's Java sources are compiled
 * @param probation the time in which a new generation that fails is rolled back; {@code 0s} for
 *     none. By default 30s in {@code serve}, none in {@code dev}
 * @param trace whether clients may ask for traces with {@code trace:true}; by default only in
 *     {@code dev}
 * @param tracing the export of spans by OTLP; by default none
 * @param admin the admin listener with metrics and reload; by default {@code 127.0.0.1:9091} in
 *     {@code serve}, none in {@code dev}
 * @param api the server API, by which a backend acts on connections and channels
 * @param log the form and the level of the log
 * @param filePermissions whether file permissions are checked; only the command line may set it,
 *     because a writer of the folder must not
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
    RevocationSettings revocations,
    Optional<TlsFiles> tls,
    @Key("public") PublicFolder publicFolder,
    Transport transport,
    boolean compression,
    Drain drain,
    ReloadSettings reload,
    ScriptLimits scripts,
    JavaSettings java,
    Optional<Duration> probation,
    Optional<Boolean> trace,
    Optional<TracingSettings> tracing,
    AdminSettings admin,
    ApiSettings api,
    LogSettings log,
    FilePermissions filePermissions) {

  /**
   * A filter of the chain.
   *
   * @param place the place of its name
   * @param name its name in the chain
   * @param filter the filter: the name of a built-in one, of a script or of a class. By default
   *     that is the name in the chain; another name lets a chain have a filter twice
   * @param onError what happens to a message whose filter throws
   * @param options what the filter takes, without {@code on-error} and {@code filter}
   */
  public record Link(
      Place place, String name, Optional<Scalar> filter, OnError onError, Node options) {
    /** Creates a link whose name in the chain is the name of the filter. */
    Link(Place place, String name, OnError onError, Node options) {
      this(place, name, Optional.empty(), onError, options);
    }

    /** The name of the built-in filter, the script or the class. */
    public String filterName() {
      return filter.map(Scalar::text).orElse(name);
    }

    /** The place in the configuration that names the filter. */
    public Place filterPlace() {
      return filter.map(Scalar::place).orElse(place);
    }

    /**
     * The place of errors that the choice of the filter causes: the option of the command line that
     * chose it, or else the link's.
     */
    public Place chosenAt() {
      return filter
          .map(Scalar::place)
          .filter(at -> !at.source().equals(place.source()))
          .orElse(place);
    }

    /** Whether the link has a name in the chain other than the name of its filter. */
    public boolean hasOwnName() {
      return !filterName().equals(name);
    }
  }

  /**
   * A processor with the place of its entry.
   *
   * @param className empty for a script
   */
  public record Use(Place place, Optional<String> className, Node options) {}

  /**
   * The bounds of a history.
   *
   * @param messages the most messages, 1 to 100,000; the oldest go first
   * @param time the longest time that a message is kept
   * @param bytes the most bytes, 1KiB at least
   */
  record Remember(int messages, @Key("for") Duration time, int bytes) {
    static final Remember DEFAULT =
        new Remember(
            Retention.DEFAULT.messages(), Retention.DEFAULT.time(), Retention.DEFAULT.bytes());

    Remember {
      var _ = new Retention(messages, time, bytes); // the constructor throws for invalid bounds
    }
  }

  /** The bounds of histories by pattern, in the order of the configuration. */
  public Map<String, Retention> histories() {
    var histories = new LinkedHashMap<String, Retention>();
    history.forEach(
        (pattern, r) -> histories.put(pattern, new Retention(r.messages, r.time, r.bytes)));
    return histories;
  }

  /**
   * Whether the server refuses files that users other than their owner and root could have written.
   */
  public enum FilePermissions {
    CHECKED,
    IGNORED
  }

  public enum Reload {
    /** Scripts are warmed up before they go live. */
    WARM,
    /** Scripts go live at once. */
    FAST
  }

  /**
   * The threads and limits of scripts.
   *
   * @param threads where scripts run: on the connections' event loops, or on this many threads of
   *     their own
   * @param fetch the targets that {@code fetch} may reach, and all below a path that ends in a
   *     slash
   * @param callTime the CPU time of one call; a longer one is stopped
   * @param bodyBytes the largest body that a script may make or fetch
   * @param attributeBytes the size of a connection's attributes, and of a message's
   * @param sharedBytes the size of {@code shared}
   * @param ready from when on {@code /readyz} reports ready
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
      /** Scripts are loaded, and answer. */
      LOADED,
      /** Scripts are warmed up, too. */
      WARM
    }

    public ScriptLimits {
      if (!callTime.isPositive() || bodyBytes <= 0 || attributeBytes <= 0 || sharedBytes <= 0) {
        throw new IllegalArgumentException("every limit of scripts has to be positive");
      }
    }
  }

  /**
   * The files of certificate and key, in PEM.
   *
   * @param certificate the certificate, with the chain up to its authority
   * @param key the private key, in PKCS #8
   */
  public record TlsFiles(Path certificate, Path key) {}

  /** The folder of static files, if any. */
  public record PublicFolder(Optional<Path> path) {}

  /** Whether other settings have the same admin listener, perhaps with another token. */
  public boolean hasAdminListenerOf(Settings other) {
    return admin.sameListener(other.admin);
  }

  /** Whether other settings have the same exporter of spans, perhaps with another sampling. */
  public boolean hasExporterOf(Settings other) {
    return tracing.isPresent() == other.tracing.isPresent()
        && (tracing.isEmpty() || tracing.get().hasExporterOf(other.tracing.get()));
  }

  /** The tokens of the admin listener, which a reload replaces; empty without one. */
  public Optional<Secrets> adminToken() {
    return admin.token();
  }

  /** The admin listener of {@code serve}; empty without one. */
  public Optional<AdminAccess> adminAddress() {
    return admin.access();
  }

  /** The addresses of the proxies in front of the server, and which of their headers count. */
  public TrustedProxies proxies() {
    var trusted = TrustedProxies.of(trustedProxies);
    if (forwardedHeader.isPresent()) {
      trusted = trusted.writing(forwardedHeader.get());
    }
    return proxyProtocol ? trusted.withProxyProtocol() : trusted;
  }

  /** The settings that an empty {@code lhttp.yaml} has. */
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
        RevocationSettings.DEFAULT,
        Optional.empty(),
        new PublicFolder(Optional.of(folder.resolve("public")).filter(Files::isDirectory)),
        Transport.AUTO,
        true,
        Drain.DEFAULT,
        ReloadSettings.DEFAULT,
        ScriptLimits.DEFAULT,
        JavaSettings.DEFAULT,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        AdminSettings.DEFAULT,
        ApiSettings.DEFAULT,
        LogSettings.DEFAULT,
        FilePermissions.CHECKED);
  }
}
