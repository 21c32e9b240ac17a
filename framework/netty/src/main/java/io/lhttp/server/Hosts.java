package io.lhttp.server;

import io.lhttp.server.internal.address.Authority;
import io.lhttp.server.internal.address.HostCheck;
import io.lhttp.server.internal.address.LocalHostNames;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * The host names in the header {@code Host} for which the server accepts requests. Immutable.
 *
 * <p>The check stops DNS rebinding: a page of another site whose name resolves to this machine
 * sends that name in {@code Host}.
 */
public final class Hosts {
  private static final Hosts ANY = new Hosts(List.of(), true, false);

  private final List<HostRule> listed;
  private final boolean any;
  private final boolean machine;

  private Hosts(List<HostRule> listed, boolean any, boolean machine) {
    this.listed = List.copyOf(listed);
    this.any = any;
    this.machine = machine;
  }

  /** Allows any name. */
  public static Hosts any() {
    return ANY;
  }

  /**
   * Allows this machine's names: {@code localhost} and names below it, its addresses and its
   * hostname.
   */
  public static Hosts machine() {
    return new Hosts(List.of(), false, true);
  }

  /** Returns a check that allows only requests to these host names. */
  public static Hosts only(List<HostRule> hosts) {
    return new Hosts(hosts, false, false);
  }

  /** Returns a copy that also allows this machine's names. */
  public Hosts orMachine() {
    return new Hosts(listed, any, true);
  }

  /** Creates the check of a request's host against these names. */
  HostCheck check() {
    return new HostCheck() {
      @Override
      public boolean allow(Optional<String> host, InetAddress local, boolean probe) {
        return Hosts.this.allow(host, local, probe);
      }

      @Override
      public String toString() {
        return Hosts.this.toString();
      }
    };
  }

  private boolean allow(Optional<String> host, InetAddress local, boolean probe) {
    if (any) {
      return true;
    }
    if (host.isEmpty()) {
      return probe && !machine;
    }
    var authority = host.flatMap(Authority::parse);
    return authority.isPresent()
        && ((probe && !machine && authority.get().literal().isPresent())
            || (machine && LocalHostNames.contains(authority.get(), local))
            || listed.stream().anyMatch(rule -> rule.matches(authority.get())));
  }

  @Override
  public String toString() {
    var names = listed.toString();
    return !machine ? names : listed.isEmpty() ? "this machine" : names + " or this machine";
  }
}
