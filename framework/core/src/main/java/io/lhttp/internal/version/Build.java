package io.lhttp.internal.version;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.chain.BorrowedLink;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.internal.chain.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The links of a generation that is being built, owned by the reload. {@link #make} runs users'
 * factories on the calling thread, without a lock.
 *
 * <p>Any thread may {@link #close} the build. All links that the build created are closed then, and
 * so are later ones.
 */
public final class Build implements AutoCloseable {
  private final ChainSpec spec;
  private final List<Instance> running;
  private final Consumer<List<Instance>> discard;
  private final Handover handover;
  private final List<Instance> instances = new ArrayList<>();
  private final List<Pipeline.NamedFilter> filters = new ArrayList<>();
  private final List<Pipeline.NamedProcessor> processors = new ArrayList<>();
  private final List<ChainException.Failure> failures = new ArrayList<>();

  /** The link that is being created; null while no constructor runs. */
  private volatile @Nullable LinkCall creating;

  // Guarded by this object's lock.
  private final List<Instance> made = new ArrayList<>();
  private boolean whole;
  private boolean over;

  /**
   * @param running the instances that may be carried over, by name and fingerprint
   * @param discard closes instances without another use
   * @param handover passes the states of links to their successors
   */
  Build(
      ChainSpec spec, List<Instance> running, Consumer<List<Instance>> discard, Handover handover) {
    this.spec = spec;
    this.running = running;
    this.discard = discard;
    this.handover = handover;
  }

  /**
   * Creates the links that are not carried over, in the order of the chain; call it once.
   *
   * @throws ChainException with all links that could not be created; {@link #close} closes the
   *     others
   * @throws CancellationException if the build was closed meanwhile
   */
  public void make() throws ChainException {
    for (var f : spec.filters()) {
      var instance = take("filter", f.name(), f.fingerprint(), f.make());
      if (instance != null) {
        filters.add(new Pipeline.NamedFilter(f.name(), (Filter) instance.object(), f.onError()));
      }
    }
    for (var p : spec.processors()) {
      var instance = take("processor", p.command(), p.fingerprint(), p.make());
      if (instance != null) {
        processors.add(new Pipeline.NamedProcessor(p.command(), (Processor) instance.object()));
      }
    }
    if (!failures.isEmpty()) {
      throw new ChainException(failures);
    }
    synchronized (this) {
      requireOpen();
      whole = true;
    }
  }

  /**
   * Lets each new link take over from its predecessor, see {@link io.lhttp.HandsOver}; call it
   * once, right before the build is swapped in. Waits while another change of the chain is under
   * way.
   *
   * @throws ChainException with the link that failed; {@link #close} gives everything back
   * @throws CancellationException if the build was closed meanwhile, or the thread was interrupted
   */
  public void handOver() throws ChainException {
    handover.pass(instances(), this::made);
  }

  /** The call of users' code that the build runs now. Any thread may ask. */
  public Optional<LinkCall> call() {
    return Optional.ofNullable(creating).or(handover::call);
  }

  /** The links that have taken over from a predecessor, such as {@code processor chat}. */
  public List<String> handedOver() {
    return handover.taken().stream().map(Build::words).toList();
  }

  /**
   * The new links that can't take over although their predecessor hands over, in the same words.
   */
  public List<String> notTakingOver() {
    return instances.stream()
        .filter(to -> made(to) && !StateOwners.concerns(to) && handsOver(to.kind(), to.name()))
        .map(Build::words)
        .toList();
  }

  /** Whether the running link of this kind and name can hand over. */
  public boolean handsOver(String kind, String name) {
    return running.stream()
        .anyMatch(from ->
            from.kind().equals(kind) && from.name().equals(name) && StateOwners.concerns(from));
  }

  private static String words(Instance link) {
    return link.kind().equals("filter") ? link.name() : link.kind() + " " + link.name();
  }

  /**
   * Gives back what was handed over, and closes the links that this build created. Does nothing
   * once the build was swapped in.
   */
  @Override
  public void close() {
    List<Instance> unwanted;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      unwanted = new ArrayList<>(made);
    }
    unwanted.removeAll(handover.giveBack());
    discard.accept(unwanted);
  }

  /** Hands the links over to a generation. */
  synchronized void taken() {
    if (!whole || over) {
      throw new IllegalStateException("this build is not made, or is over");
    }
    over = true;
    handover.commit();
  }

  /** All links, new and carried over, in the order of the chain. */
  List<Instance> instances() {
    return List.copyOf(instances);
  }

  /** Whether this build created the instance. */
  synchronized boolean made(Instance instance) {
    return made.contains(instance);
  }

  ChainSpec spec() {
    return spec;
  }

  List<Pipeline.NamedFilter> filters() {
    return filters;
  }

  List<Pipeline.NamedProcessor> processors() {
    return processors;
  }

  /**
   * Returns the running instance or a new one; null after a failure. The build continues then, so
   * that one reload reports all failures.
   */
  private @Nullable Instance take(String kind, String name, String fingerprint, Callable<?> make) {
    for (var instance : running) {
      if (instance.is(kind, name, fingerprint)) {
        instances.add(instance);
        return instance;
      }
    }
    synchronized (this) {
      requireOpen();
    }
    Object object;
    creating = new LinkCall(kind, name, LinkCall.Method.CREATE);
    try {
      object = Objects.requireNonNull(make.call(), "its factory returned nothing");
    } catch (Throwable cause) {
      failures.add(new ChainException.Failure(kind, name, cause));
      return null;
    } finally {
      creating = null;
      var unused = Thread.interrupted(); // the next link must not get it
    }
    var instance = new Instance(kind, name, fingerprint, object, make instanceof BorrowedLink);
    keep(instance);
    instances.add(instance);
    return instance;
  }

  private void keep(Instance instance) {
    synchronized (this) {
      if (!over) {
        made.add(instance);
        return;
      }
    }
    discard.accept(List.of(instance));
    throw new CancellationException("the build was given up");
  }

  private void requireOpen() {
    if (over) {
      throw new CancellationException("the build was given up");
    }
  }
}
