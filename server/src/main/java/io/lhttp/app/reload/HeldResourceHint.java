package io.lhttp.app.reload;

import io.lhttp.app.config.SecretMask;
import io.lhttp.app.settings.Settings;
import io.lhttp.chain.ChainException.Failure;
import io.lhttp.chain.HandOverException;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.version.Build;
import java.net.BindException;
import java.nio.channels.OverlappingFileLockException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.management.InstanceAlreadyExistsException;

/**
 * Explains why a new link can't acquire a port or another thing that only one link can have: the
 * running one keeps it until the swap. Immutable; a reload owns it.
 *
 * @param build the links that run, and the new ones
 */
record HeldResourceHint(Settings running, Settings next, Build build) {
  private static final List<Class<? extends Throwable>> TAKEN =
      List.of(
          BindException.class,
          InstanceAlreadyExistsException.class,
          OverlappingFileLockException.class);

  private static final int MOST_CAUSES = 8;

  /**
   * Returns a further line of the error, after a line break; empty if no running link explains it.
   */
  String hint(Failure failure) {
    if (!isTaken(failure.cause())) {
      return "";
    }
    var kind = failure.kind();
    var name = failure.name();
    var before = links(running, kind);
    if (!before.containsKey(name)) {
      return renamed(name, before, links(next, kind));
    } else if (!build.handsOver(kind, name)) {
      return "\n    what the running '%s' holds is free only after the swap, as it lacks HandsOver: remove it by a reload of its own first"
          .formatted(name);
    }
    return failure.cause() instanceof HandOverException
        ? "" // the running link has handed it over
        : "\n    the running '%s' holds it until it hands over: acquire it in takeOver, not in the constructor"
            .formatted(name);
  }

  private static boolean isTaken(Throwable thrown) {
    return Loggable.causes(thrown, MOST_CAUSES).stream()
        .anyMatch(cause -> TAKEN.stream().anyMatch(type -> type.isInstance(cause)));
  }

  private static String renamed(
      String name, Map<String, String> before, Map<String, String> after) {
    var className = after.getOrDefault(name, "");
    var left = before.keySet().stream().filter(old -> !after.containsKey(old)).toList();
    var same = left.stream().filter(old -> className.equals(before.get(old))).toList();
    var holders = SecretMask.some(same.isEmpty() ? left : same, ", ");
    return left.isEmpty()
        ? ""
        : "\n    '%s' is new under this name, and what %s holds is free only after the swap: keep the name, with HandsOver, or remove %s by a reload of its own first"
            .formatted(name, holders, holders);
  }

  /**
   * Returns the classes of the links of this kind, by the names of the links; an empty text for a
   * link without a class.
   */
  static Map<String, String> links(Settings settings, String kind) {
    var links = new LinkedHashMap<String, String>();
    if (kind.equals("filter")) {
      settings.chain().forEach(link -> links.put(link.name(), link.filterName()));
    } else {
      settings.processors().forEach((name, use) -> links.put(name, use.className().orElse("")));
    }
    return links;
  }
}
