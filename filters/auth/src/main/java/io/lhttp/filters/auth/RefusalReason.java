package io.lhttp.filters.auth;

import java.util.Locale;

/**
 * The reason why a token or message was refused. The reasons are the values of the label {@code
 * reason} of the metric {@code auth_refusals}.
 */
enum RefusalReason {
  /** The text is no signed token, or a claim has the wrong type. */
  MALFORMED,
  /** The token's header has a parameter that is not accepted. */
  HEADER,
  /** No configured key has the token's algorithm and {@code kid}, or the API key is unknown. */
  UNKNOWN_KEY,
  SIGNATURE,
  EXPIRED,
  /** The token's {@code nbf} lies in the future. */
  NOT_YET_VALID,
  ISSUER,
  AUDIENCE,
  /** The token names no user, has no {@code exp}, or its roles have the wrong type. */
  CLAIMS,
  /** The message needs a token and the connection has shown none. */
  MISSING,
  ANOTHER_USER,
  /** The user has no permission for the channel. */
  CHANNEL,
  /** The issuer's keys could not be fetched. */
  KEYS_UNAVAILABLE,
  /** The token is in the list of revocations. */
  REVOKED,
  /** The user is blocked. */
  BLOCKED,
  /** The list of revocations is not known now. */
  REVOCATIONS_UNKNOWN;

  /** The value of the metric's label {@code reason}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
