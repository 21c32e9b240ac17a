/** What the server costs beside the least that it could cost: load driver, floor server, JMH. */
@NullMarked
package io.lhttp.bench;

import org.jspecify.annotations.NullMarked;
