/**
 * The filter {@code auth}: users' identities and their permissions; no message may be changed or
 * sent on here.
 *
 * <p>This package has more than 20 files because tokens, keys and permissions stay package-private:
 * nobody but the filter may verify a token.
 */
@NullMarked
package io.lhttp.filters.auth;

import org.jspecify.annotations.NullMarked;
