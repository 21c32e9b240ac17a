package io.lhttp.app.debug;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Says whether this JVM was started with a debug agent (JDWP), and at which address. Immutable; all
 * threads may use it.
 */
public final class Debugger {
  /** The port at which debuggers attach by default. */
  public static final int DEFAULT_PORT = 5005;

  private static final Pattern AGENT =
      Pattern.compile("-(?:agentlib:jdwp|agentpath:[^=]*jdwp[^=]*|Xrunjdwp)[=:](.*)");

  private static final Debugger OF_THIS_JVM =
      of(ManagementFactory.getRuntimeMXBean().getInputArguments());

  private final boolean present;
  private final Optional<String> address;

  private Debugger(boolean present, Optional<String> address) {
    this.present = present;
    this.address = address;
  }

  /** Returns the agent of this JVM. */
  public static Debugger ofThisJvm() {
    return OF_THIS_JVM;
  }

  /** Reads the debug agent from the arguments of a JVM. */
  static Debugger of(List<String> arguments) {
    return arguments.stream()
        .map(AGENT::matcher)
        .filter(matcher -> matcher.matches())
        .map(matcher -> List.of(matcher.group(1).split(",", -1)))
        .map(options -> new Debugger(true, address(options)))
        .findFirst()
        .orElseGet(() -> new Debugger(false, Optional.empty()));
  }

  private static Optional<String> address(List<String> options) {
    return options.contains("server=y")
        ? options.stream()
            .filter(option -> option.startsWith("address="))
            .map(option -> option.substring("address=".length()))
            .map(address -> address.contains(":") ? address : "127.0.0.1:" + address)
            .filter(address -> !address.endsWith(":0"))
            .findFirst()
        : Optional.empty();
  }

  /** Whether the JVM was started with a debug agent. */
  public boolean present() {
    return present;
  }

  /**
   * The address at which a debugger can attach; empty without an agent, or if only the agent knows
   * its port.
   */
  public Optional<String> address() {
    return address;
  }
}
