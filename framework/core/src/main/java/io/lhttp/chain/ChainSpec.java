package io.lhttp.chain;

import java.util.HashSet;
import java.util.List;

/**
 * The description of a generation that is to be built.
 *
 * @param filters in the order in which messages run through them
 * @param processors by command, in any order
 * @param trace whether a message with {@code trace:true} gets a report of each link
 */
public record ChainSpec(List<FilterSpec> filters, List<ProcessorSpec> processors, boolean trace) {
  /** A chain without traces. */
  public ChainSpec(List<FilterSpec> filters, List<ProcessorSpec> processors) {
    this(filters, processors, false);
  }

  /**
   * @throws IllegalArgumentException if a name or command appears twice
   */
  public ChainSpec {
    filters = List.copyOf(filters);
    processors = List.copyOf(processors);
    requireUnique("filter", filters.stream().map(FilterSpec::name).toList());
    requireUnique("processor", processors.stream().map(ProcessorSpec::command).toList());
  }

  private static void requireUnique(String kind, List<String> names) {
    var seen = new HashSet<String>();
    for (var name : names) {
      if (!seen.add(name)) {
        throw new IllegalArgumentException(kind + " '" + name + "' stands twice in the chain");
      }
    }
  }
}
