@NullMarked
package io.lhttp.outgoing;

import org.jspecify.annotations.NullMarked;
