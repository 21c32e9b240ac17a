package io.lhttp.control;

import io.lhttp.revocation.Revocation;
import java.util.List;

/**
 * Entries of the list of revocations.
 *
 * @param entries by their {@linkplain Revocation#key keys}
 * @param truncated whether there are more entries after the last one
 */
public record RevocationList(List<Revocation> entries, boolean truncated) {
  public RevocationList {
    entries = List.copyOf(entries);
  }
}
