package io.lhttp.bench.rivals;

import io.lhttp.bench.Args;
import io.lhttp.bench.Bench;
import io.lhttp.bench.BenchServer;
import io.lhttp.bench.ChildJvm;
import io.lhttp.bench.CpuTime;
import io.lhttp.bench.FloorServer;
import io.lhttp.bench.ServerProcess;
import io.lhttp.bench.Target;
import io.lhttp.bench.cluster.Nats;
import io.lhttp.bench.cluster.Scratch;
import io.netty.util.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A running server, with the processes whose CPU time and memory count. */
final class RunningServer implements AutoCloseable {
  private static final String JVM = "JVM " + Runtime.version().feature();

  private final Contestant contestant;
  private final String version;
  private final Target target;
  private final List<ServerProcess> helpers;
  private final Stopper stopper;

  /** Ends the server's processes. */
  @FunctionalInterface
  private interface Stopper {
    void stop() throws IOException;
  }

  private RunningServer(
      Contestant contestant,
      String version,
      Target target,
      List<ServerProcess> helpers,
      Stopper stopper) {
    this.contestant = contestant;
    this.version = version;
    this.target = target;
    this.helpers = helpers;
    this.stopper = stopper;
  }

  /**
   * @throws RivalScript.MissingException with the reason why the server is not available
   */
  static RunningServer start(Contestant contestant, Args args) throws Exception {
    return switch (contestant) {
      case OURS -> jvm(contestant, "this tree, " + JVM, BenchServer.class, ours(args));
      case OURS_NATS -> onNats(contestant, args);
      case FLOOR ->
          jvm(contestant, "Netty " + netty() + ", " + JVM, FloorServer.class, transport(args));
      default -> rival(contestant);
    };
  }

  private static List<String> ours(Args args) {
    var words = new ArrayList<>(transport(args));
    words.addAll(args.passedOn(List.of("loops")));
    return words;
  }

  private static List<String> transport(Args args) {
    return List.of("--transport", args.option("transport").orElse("auto"));
  }

  private static RunningServer jvm(
      Contestant contestant, String version, Class<?> main, List<String> words) throws Exception {
    var child = ChildJvm.start(Bench.SERVER_FLAGS, main, words);
    try {
      return new RunningServer(
          contestant, version, child.listening(contestant.label), List.of(), child::close);
    } catch (IOException e) {
      child.close();
      throw e;
    }
  }

  /** Starts our server with its channels over a NATS of its own. */
  private static RunningServer onNats(Contestant contestant, Args args) throws Exception {
    var version = RivalScript.of(Contestant.NATS).prepare();
    var folder = new Scratch();
    var nats = Nats.start(folder.path());
    Stopper stopper =
        () -> {
          nats.close();
          folder.close();
        };
    try {
      var words = new ArrayList<>(ours(args));
      words.addAll(List.of("--nats", "nats://127.0.0.1:" + nats.port()));
      var ours = jvm(contestant, "this tree, " + version, BenchServer.class, words);
      return new RunningServer(
          contestant,
          ours.version,
          ours.target,
          List.of(new ServerProcess(nats.pid())),
          () -> {
            ours.close();
            stopper.stop();
          });
    } catch (Exception e) {
      stopper.stop();
      throw e;
    }
  }

  private static String netty() {
    return Version.identify().values().stream()
        .map(Version::artifactVersion)
        .findFirst()
        .orElse("");
  }

  private static RunningServer rival(Contestant contestant) throws Exception {
    var script = RivalScript.of(contestant);
    var version = script.prepare();
    var process = RivalProcess.start(script, contestant.label);
    return new RunningServer(contestant, version, process.target(), List.of(), process::close);
  }

  Contestant contestant() {
    return contestant;
  }

  String version() {
    return version;
  }

  Target target() {
    return target;
  }

  /** The started process and its children. */
  List<ServerProcess> processes() {
    return ProcessHandle.of(target.pid()).stream()
        .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
        .map(handle -> new ServerProcess(handle.pid()))
        .toList();
  }

  /** The processes that the server needs and that are no part of it, such as its NATS. */
  List<ServerProcess> helpers() {
    return helpers;
  }

  String helpersName() {
    return "nats-server";
  }

  static CpuTime cpu(List<ServerProcess> processes) throws IOException {
    var sum = CpuTime.NONE;
    for (var process : processes) {
      sum = sum.plus(process.cpu());
    }
    return sum;
  }

  static double runMicros(List<ServerProcess> processes) throws IOException {
    var sum = 0.0;
    for (var process : processes) {
      sum += process.runMicros();
    }
    return sum;
  }

  static double residentMiB(List<ServerProcess> processes) throws IOException {
    var kib = 0.0;
    for (var process : processes) {
      kib += process.residentKiB();
    }
    return kib / 1024;
  }

  @Override
  public void close() throws IOException {
    stopper.stop();
  }
}
