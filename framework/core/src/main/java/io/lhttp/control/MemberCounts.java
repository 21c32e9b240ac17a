package io.lhttp.control;

/**
 * The numbers of subscribers of a channel.
 *
 * @param connections all subscribed connections
 * @param users the different users
 * @param anonymous the connections without a user
 * @param exact whether {@code users} is exact: a server with more users than it can list counts
 *     them on its own, so that a user of several servers counts several times
 */
public record MemberCounts(
    Reach reach, long connections, long users, long anonymous, boolean exact) {}
