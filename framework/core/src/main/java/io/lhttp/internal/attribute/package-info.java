/**
 * The storage of attributes: conversions between types, and values whose class was replaced; no
 * class here keeps a class of users' in memory.
 */
@NullMarked
package io.lhttp.internal.attribute;

import org.jspecify.annotations.NullMarked;
