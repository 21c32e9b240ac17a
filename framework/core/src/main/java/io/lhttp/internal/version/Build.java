package io.lhttp.internal.version;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.internal.chain.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A generation's links, while they are made and until they are swapped in. {@link #make} runs the
 * makers on the calling thread, without any lock of ours, for as long as they take. Any thread may
 * {@link #close} the build: what was made, and what is still made afterwards, is closed then.
 */
public final class Build implements AutoCloseable {
  private final ChainSpec spec;
  private final List<Instance> running;
  private final Consumer<List<Instance>> discard;
  private final List<Instance> instances = new ArrayList<>();
  private final List<Pipeline.NamedFilter> filters = new ArrayList<>();
  private final List<Pipeline.NamedProcessor> processors = new ArrayList<>();
  private final List<ChainException.Failure> failures = new ArrayList<>();

  // Guarded by this.
  private final List<Instance> made = new ArrayList<>();
  private boolean whole;
  private boolean over;

  /**
   * @param running instances that are carried over where name and fingerprint are the same
   * @param discard closes instances that nothing else uses
   */
  Build(ChainSpec spec, List<Instance> running, Consumer<List<Instance>> discard) {
    this.spec = spec;
    this.running = running;
    this.discard = discard;
  }

  /**
   * Makes what is not carried over, in the order of the chain. To be called once.
   *
   * @throws ChainException with everything that could not be made; what was made is closed by
   *     {@link #close}
   * @throws CancellationException where the build was closed meanwhile
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
   * Ends the build: links that were made for it are closed, on the calling thread's time. Does
   * nothing once the build was swapped in.
   */
  @Override
  public void close() {
    List<Instance> unwanted;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      unwanted = List.copyOf(made);
    }
    discard.accept(unwanted);
  }

  /** From now on the links are a generation's. */
  synchronized void taken() {
    if (!whole || over) {
      throw new IllegalStateException("this build is not made, or is over");
    }
    over = true;
  }

  /** All links, made or carried over, in the order of the chain. */
  List<Instance> instances() {
    return List.copyOf(instances);
  }

  /** Whether an instance was made for this build. */
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
   * The running instance, or a new one; null where none can be made: the failures say why, and the
   * rest is tried, so that one reload tells everything.
   */
  private @Nullable Instance take(String kind, String name, String fingerprint, Callable<?> make) {
    for (var instance : running) {
      if (instance.is(kind, name, fingerprint)) {
        instances.add(instance);
        return instance;
      }
    }
    Object object;
    try {
      object = Objects.requireNonNull(make.call(), "its factory returned nothing");
    } catch (Throwable cause) {
      failures.add(new ChainException.Failure(kind, name, cause));
      return null;
    }
    var instance = new Instance(kind, name, fingerprint, object);
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
