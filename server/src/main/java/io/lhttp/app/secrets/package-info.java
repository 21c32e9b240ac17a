/**
 * Reads the secrets of a configuration, from {@code lhttp.yaml} or from files. It must not know
 * what a secret is for.
 */
@NullMarked
package io.lhttp.app.secrets;

import org.jspecify.annotations.NullMarked;
