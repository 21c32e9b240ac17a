@NullMarked
package io.lhttp.client.internal.protocol;

import org.jspecify.annotations.NullMarked;
