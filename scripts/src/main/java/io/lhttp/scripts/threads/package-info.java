/** Time limits and threads of script calls. It must not know messages. */
@NullMarked
package io.lhttp.scripts.threads;

import org.jspecify.annotations.NullMarked;
