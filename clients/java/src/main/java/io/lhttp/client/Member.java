package io.lhttp.client;

import java.time.Instant;
import java.util.Optional;

/**
 * A member of a channel: a user with all its connections, or one connection without a user.
 *
 * @param user empty if the member has not authenticated
 * @param connection the id of the member's connection that has been subscribed for the longest time
 * @param since when the member joined
 */
public record Member(Optional<String> user, String connection, Instant since) {}
