package io.lhttp.scripts;

/** A call was stopped by the watchdog: what counts towards quarantine. */
final class LateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  final ScriptException explanation;

  LateException(ScriptException explanation) {
    super(explanation.getMessage(), explanation, false, false);
    this.explanation = explanation;
  }
}
