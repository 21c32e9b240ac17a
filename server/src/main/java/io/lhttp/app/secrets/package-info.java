/**
 * Reads the secrets of a configuration, from {@code lhttp.yaml} or from files. This package must
 * not know the purpose of a secret.
 */
@NullMarked
package io.lhttp.app.secrets;

import org.jspecify.annotations.NullMarked;
