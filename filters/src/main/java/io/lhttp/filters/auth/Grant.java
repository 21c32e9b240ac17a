package io.lhttp.filters.auth;

import io.lhttp.Principal;
import java.time.Instant;
import java.util.Optional;

/** What a token says that is good: who, and until when. */
record Grant(Principal principal, Optional<Instant> expires) {}
