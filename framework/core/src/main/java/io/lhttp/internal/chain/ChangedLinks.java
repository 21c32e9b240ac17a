package io.lhttp.internal.chain;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Compares the links of two generations' chains. */
public final class ChangedLinks {
  /** A link's kind and name. */
  record Name(String kind, String name) {}

  private ChangedLinks() {}

  /**
   * Returns the filters and processors of {@code after} that {@code before} lacks or has with
   * another instance, another policy for errors, or in another order.
   */
  @SuppressWarnings(
      "ReferenceEquality") // by identity, because users' instances may equal each other
  public static Set<Name> between(Pipeline before, Pipeline after) {
    var changed = new HashSet<Name>();
    for (var link : after.filterLinks()) {
      var old = before.filterLinks().stream().filter(l -> l.name.equals(link.name)).findFirst();
      if (old.isEmpty() || old.get().filter != link.filter || old.get().onError != link.onError) {
        changed.add(new Name(FilterLink.KIND, link.name));
      }
    }
    for (var link : after.processorLinks()) {
      var old = before.processorLink(link.command);
      if (old == null || old.processor != link.processor) {
        changed.add(new Name(ProcessorLink.KIND, link.command));
      }
    }
    var was = kept(before, after);
    var is = kept(after, before);
    for (var i = 0; i < is.size(); i++) {
      if (!is.get(i).equals(was.get(i))) {
        changed.add(new Name(FilterLink.KIND, is.get(i)));
      }
    }
    return changed;
  }

  /** The names of the filters that both pipelines have, in the order of the first pipeline. */
  private static List<String> kept(Pipeline of, Pipeline other) {
    var names = other.filterNames();
    return of.filterNames().stream().filter(names::contains).toList();
  }
}
