package io.lhttp.filters.auth;

import java.util.Locale;

/** The reasons of refused tokens and messages, as metrics tell them apart. */
enum Reason {
  /** No signed token, or a claim that is none. */
  MALFORMED,
  /** Its head says more than a head may. */
  HEAD,
  /** No key here has its algorithm and {@code kid}, or it is no API key of ours. */
  UNKNOWN_KEY,
  SIGNATURE,
  EXPIRED,
  /** Not valid yet. */
  EARLY,
  ISSUER,
  AUDIENCE,
  /** It names no user, or not when it expires. */
  CLAIMS,
  /** No token where one is needed. */
  MISSING,
  ANOTHER_USER,
  /** No permission for a channel. */
  CHANNEL,
  /** The issuer's keys are not here. */
  NO_KEYS;

  /** As it stands in the metrics. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
