/**
 * The settings of {@code lhttp.yaml} as records. Code here reads and checks settings, but must not
 * apply them to a server.
 */
@NullMarked
package io.lhttp.app.settings;

import org.jspecify.annotations.NullMarked;
