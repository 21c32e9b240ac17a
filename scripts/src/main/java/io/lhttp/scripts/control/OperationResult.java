package io.lhttp.scripts.control;

import io.lhttp.Outcome;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/**
 * The result of an operation, or the reason why there is none. Immutable.
 *
 * @param id the script's number of the operation
 * @param json the result; empty after a failure
 * @param refused the reason of the failure; null after a success
 */
public record OperationResult(int id, String json, Outcome.@Nullable Refused refused) {
  @Override
  @HostAccess.Export
  public int id() {
    return id;
  }

  @Override
  @HostAccess.Export
  public String json() {
    return json;
  }

  /** The status of a failure; 0 after a success. */
  @HostAccess.Export
  public int status() {
    return refused == null ? 0 : refused.status();
  }

  @HostAccess.Export
  public String reason() {
    return refused == null ? "" : refused.reason();
  }
}
