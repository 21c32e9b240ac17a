/** The settings of {@code lhttp.yaml} as records. It must not apply them. */
@NullMarked
package io.lhttp.app.settings;

import org.jspecify.annotations.NullMarked;
