/**
 * The list of revoked tokens and blocked users, and the interface to its storage; sockets and the
 * verification of tokens must not be known here.
 */
@NullMarked
package io.lhttp.revocation;

import org.jspecify.annotations.NullMarked;
