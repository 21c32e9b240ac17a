/**
 * The operations on connections, users and channels of all servers, for Java, scripts and the
 * server API; the ways in which servers reach each other must not be known here.
 */
@NullMarked
package io.lhttp.control;

import org.jspecify.annotations.NullMarked;
