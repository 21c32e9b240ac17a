/** The settings of {@code lhttp.yaml} as records; no setting may be applied here. */
@NullMarked
package io.lhttp.app.settings;

import org.jspecify.annotations.NullMarked;
