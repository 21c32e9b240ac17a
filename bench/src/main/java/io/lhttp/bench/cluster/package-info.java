/**
 * Three servers and a NATS as processes under faults, and the check of all deliveries; no figures
 * of speed may be made here.
 */
@NullMarked
package io.lhttp.bench.cluster;

import org.jspecify.annotations.NullMarked;
