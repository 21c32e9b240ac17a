/**
 * Cleans up after the class loaders of replaced code, and explains why such a loader or a closed
 * instance stays in memory. Code here must not load code of users.
 */
@NullMarked
package io.lhttp.app.code.leak;

import org.jspecify.annotations.NullMarked;
