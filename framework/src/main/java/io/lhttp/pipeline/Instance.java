package io.lhttp.pipeline;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A filter or processor that generations share; closed when the last of them is over. */
final class Instance {
  private static final Logger log = LoggerFactory.getLogger(Instance.class);

  final String kind;
  final String name;
  final String fingerprint;
  final Object object;

  /** Guarded by the {@link Generations} that it belongs to. */
  private int generations;

  Instance(String kind, String name, String fingerprint, Object object) {
    this.kind = kind;
    this.name = name;
    this.fingerprint = fingerprint;
    this.object = object;
  }

  boolean is(String kind, String name, String fingerprint) {
    return this.kind.equals(kind) && this.name.equals(name) && this.fingerprint.equals(fingerprint);
  }

  void retain() {
    generations++;
  }

  void release() {
    if (--generations <= 0 && object instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        log.error("{} could not be closed name={}", kind, name, e);
      }
    }
  }
}
