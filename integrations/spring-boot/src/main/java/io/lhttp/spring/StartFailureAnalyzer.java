package io.lhttp.spring;

import java.util.stream.Collectors;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows each problem with its place, value and reason, as Spring Boot shows its own. */
final class StartFailureAnalyzer extends AbstractFailureAnalyzer<LhttpStartException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, LhttpStartException cause) {
    var description =
        cause.problems().stream()
            .map(problem ->
                "%n    Place: %s%n    Value: \"%s\"%n    Reason: %s"
                    .formatted(problem.place(), problem.value(), problem.reason()))
            .collect(
                Collectors.joining(
                    System.lineSeparator(),
                    "The LHTTP server can't start:" + System.lineSeparator(),
                    ""));
    var action =
        cause.problems().stream()
            .map(LhttpStartException.Problem::action)
            .distinct()
            .collect(Collectors.joining(System.lineSeparator()));
    return new FailureAnalysis(description, action, cause);
  }
}
