/** Time and thread limits of script calls. */
@NullMarked
package io.lhttp.scripts.threads;

import org.jspecify.annotations.NullMarked;
