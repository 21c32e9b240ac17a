package io.lhttp.spring;

import io.lhttp.internal.text.Nearest;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

/** Names the nearest property for an unknown one below {@code lhttp}. */
@Order(0)
final class UnknownPropertyFailureAnalyzer
    extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> {
  /** Keys of {@code lhttp.yaml} for which an application has something else. */
  private static final Map<String, String> ELSEWHERE =
      Map.of(
          "chain", "filters are beans, and lhttp.filters names their order",
          "processors", "processors are beans with @LhttpProcessor",
          "admin", "the Actuator has metrics and health",
          "log", "logging.level.io.lhttp sets the level",
          "reload", "an application is restarted",
          "probation", "an application is restarted",
          "java", "the application's build compiles its code",
          "scripts", "the starter runs no scripts");

  /** Matches the names of properties whose values a log must not show. */
  private static final Pattern SECRET =
      Pattern.compile("pas|token|secret|key|cred", Pattern.CASE_INSENSITIVE);

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable root, UnboundConfigurationPropertiesException cause) {
    var ours =
        cause.getUnboundProperties().stream()
            .filter(
                property -> segments(property.getName()).getFirst().equals(LhttpProperties.PREFIX))
            .toList();
    if (ours.isEmpty()) {
      return null;
    }
    var description =
        ours.stream()
            .map(UnknownPropertyFailureAnalyzer::describe)
            .collect(
                Collectors.joining(
                    System.lineSeparator(),
                    "LHTTP has no such property:" + System.lineSeparator(),
                    ""));
    return new FailureAnalysis(description, "Correct or remove the property.", cause);
  }

  private static String describe(ConfigurationProperty property) {
    var name = property.getName();
    var value = SECRET.matcher(name.toString()).find() ? "(not shown)" : property.getValue();
    return "%n    Place: %s%n    Value: \"%s\"%n    Reason: %s"
        .formatted(PropertyPlaces.of(property), value, reason(name));
  }

  /** Follows the name through the records, and explains the first part that they lack. */
  private static String reason(ConfigurationPropertyName name) {
    var segments = segments(name);
    Class<?> type = LhttpProperties.class;
    for (var i = 1; i < segments.size(); i++) {
      var known = components(type);
      var component = known.get(segments.get(i));
      if (component == null) {
        return i == 1 && ELSEWHERE.containsKey(segments.get(1))
            ? Objects.requireNonNull(ELSEWHERE.get(segments.get(1)))
            : "unknown" + hint(segments.subList(0, i), segments.get(i), known.keySet());
      }
      type = component.getType();
      if (component.getGenericType() instanceof ParameterizedType generic
          && type == Map.class
          && generic.getActualTypeArguments()[1] instanceof Class<?> value) {
        type = value;
        i++; // the key of the map
      }
    }
    return "unknown";
  }

  private static String hint(List<String> before, String wrong, Collection<String> valid) {
    return Nearest.to(wrong, valid)
        .map(near -> ", did you mean '%s.%s'?".formatted(String.join(".", before), near))
        .orElseGet(() ->
            valid.isEmpty()
                ? ""
                : ", expected one of " + valid.stream().sorted().collect(Collectors.joining(", ")));
  }

  /** The components of a record by the names that properties have for them. */
  private static Map<String, RecordComponent> components(Class<?> type) {
    var components = new LinkedHashMap<String, RecordComponent>();
    if (type.isRecord() && type.getPackageName().equals(LhttpProperties.class.getPackageName())) {
      Arrays.stream(type.getRecordComponents())
          .forEach(component -> components.put(name(type, component), component));
    }
    return components;
  }

  private static String name(Class<?> type, RecordComponent component) {
    var parameters = type.getDeclaredConstructors()[0].getParameters();
    for (var parameter : parameters) {
      var name = parameter.getAnnotation(Name.class);
      if (name != null && parameter.getName().equals(component.getName())) {
        return name.value();
      }
    }
    return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  private static List<String> segments(ConfigurationPropertyName name) {
    return IntStream.range(0, name.getNumberOfElements())
        .mapToObj(i -> name.getElement(i, Form.DASHED))
        .toList();
  }
}
