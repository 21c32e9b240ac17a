@NullMarked
package io.lhttp.client;

import org.jspecify.annotations.NullMarked;
