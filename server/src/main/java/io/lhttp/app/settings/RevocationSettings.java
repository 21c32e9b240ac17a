package io.lhttp.app.settings;

import io.lhttp.channel.Broker;
import io.lhttp.nats.NatsBroker;
import io.lhttp.revocation.FileRevocations;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Revocations.Bounds;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The key {@code revocations}: where the list of revoked tokens and blocked users is kept.
 *
 * @param store {@code nats} for the key-value store of {@code broker: nats}, which all servers
 *     share, {@code file} for a single server, {@code none} for no list
 * @param file the file of a single server, from the application's folder; it is made if there is
 *     none
 * @param entries the most entries, 1 to 1000000
 * @param endless the most entries without an end among them: of tokens without {@code exp}, and of
 *     users who are blocked until they are unblocked
 */
public record RevocationSettings(Store store, Optional<String> file, int entries, int endless) {
  static final RevocationSettings DEFAULT =
      new RevocationSettings(
          Store.NONE, Optional.empty(), Bounds.DEFAULT.entries(), Bounds.DEFAULT.endless());

  /** The places in which the list may be kept. */
  public enum Store {
    NONE,
    NATS,
    FILE
  }

  public RevocationSettings {
    var _ = new Bounds(entries, endless); // the constructor throws for invalid bounds
    if (store == Store.FILE && file.filter(name -> !name.isBlank()).isEmpty()) {
      throw new IllegalArgumentException(
          "store: file needs the key file, such as file: revocations.list");
    }
    if (store != Store.FILE && file.isPresent()) {
      throw new IllegalArgumentException("a file needs store: file");
    }
  }

  /** The reason why the list can't be kept there with this broker; empty if it can. */
  Optional<String> obstacle(BrokerChoice broker) {
    return switch (store) {
      case NONE -> Optional.empty();
      case NATS ->
          broker instanceof BrokerChoice.Nats nats
              ? Optional.of(nats)
                  .filter(found -> found.settings().subjectPrefix().isEmpty())
                  .map(_ -> "with NATS it needs a subject-prefix, which is empty here")
              : Optional.of("store: nats needs broker: nats");
      case FILE ->
          broker instanceof BrokerChoice.Memory
              ? Optional.empty()
              : Optional.of(
                  "store: file serves a single server, and broker: nats connects several: write"
                      + " store: nats");
    };
  }

  /**
   * Returns the list, which is not started yet; the caller closes it before the broker.
   *
   * @param broker a broker of this configuration
   */
  public Revocations list(Path folder, Broker broker) {
    return switch (store) {
      case NONE ->
          Revocations.none(
              "this server keeps no list of revocations: the key revocations of lhttp.yaml says"
                  + " where to keep it");
      case NATS ->
          Revocations.in(((NatsBroker) broker).revocations(), new Bounds(entries, endless));
      case FILE ->
          Revocations.in(
              new FileRevocations(folder.resolve(file.orElseThrow())),
              new Bounds(entries, endless));
    };
  }
}
