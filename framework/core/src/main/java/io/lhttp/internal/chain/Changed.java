package io.lhttp.internal.chain;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Compares the links of two generations. */
public final class Changed {
  /** A link's kind and name. */
  record Name(String kind, String name) {}

  private Changed() {}

  /**
   * Returns the links with new instances, other policies for errors, or another place among the
   * filters.
   */
  @SuppressWarnings(
      "ReferenceEquality") // the same instance: instances of users may equal each other
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

  /** The names of a pipeline's filters that the other pipeline has too, in order. */
  private static List<String> kept(Pipeline of, Pipeline other) {
    var names = other.filterNames();
    return of.filterNames().stream().filter(names::contains).toList();
  }
}
