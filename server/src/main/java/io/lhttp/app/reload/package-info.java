/** What a reload comes to, and what watches over it. Knows nothing of what is reloaded. */
@NullMarked
package io.lhttp.app.reload;

import org.jspecify.annotations.NullMarked;
