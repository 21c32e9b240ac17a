/**
 * The server API over HTTP: keys, routes, answers and its description. It must not know how a
 * method does its work.
 */
@NullMarked
package io.lhttp.app.api;

import org.jspecify.annotations.NullMarked;
