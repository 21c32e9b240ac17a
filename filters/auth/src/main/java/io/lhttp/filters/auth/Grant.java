package io.lhttp.filters.auth;

import io.lhttp.Principal;
import io.lhttp.control.RefreshedLogin;
import io.lhttp.revocation.Credential;
import java.time.Instant;
import java.util.Optional;

/**
 * The rights of a verified token.
 *
 * @param signer the {@link VerificationKey#print} of the published key that signed the token; empty
 *     if no published key did, because such a grant needs no check of that key
 * @param credential by which the token may be revoked; empty if there is no token
 */
record Grant(
    Principal principal,
    Optional<Instant> expires,
    Optional<String> signer,
    Optional<Credential> credential) {
  /** Returns this grant with the changes that the server's code has made to the login. */
  Grant with(RefreshedLogin refreshed) {
    return new Grant(
        new Principal(principal.name(), refreshed.claims().orElse(principal.claims())),
        refreshed.expires().or(() -> expires),
        signer,
        credential);
  }

  /** The rights of a principal that the surroundings know, which never expire. */
  static Grant known(Principal principal) {
    return new Grant(principal, Optional.empty(), Optional.empty(), Optional.empty());
  }
}
