package io.lhttp.filters.auth;

import io.lhttp.Principal;
import java.time.Instant;
import java.util.Optional;

/**
 * The claims of a good token: who, and until when.
 *
 * @param signer the {@link VerificationKey#print} of the published key that has signed it; empty
 *     where no such key has, so that none has to be looked at again
 */
record Grant(Principal principal, Optional<Instant> expires, Optional<String> signer) {
  /** Of a principal who has to show nothing, without end. */
  static Grant known(Principal principal) {
    return new Grant(principal, Optional.empty(), Optional.empty());
  }
}
