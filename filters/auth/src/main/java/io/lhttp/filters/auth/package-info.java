/**
 * The filter {@code auth}: users' identities and permissions. It must not change messages or send
 * them on.
 *
 * <p>This package has more than 20 files because tokens, keys and permissions stay package-private:
 * only the filter may verify a token.
 */
@NullMarked
package io.lhttp.filters.auth;

import org.jspecify.annotations.NullMarked;
