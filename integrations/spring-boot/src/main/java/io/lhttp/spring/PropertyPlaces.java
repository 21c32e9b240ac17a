package io.lhttp.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.Environment;

/** Finds the files and lines in which properties are written. */
final class PropertyPlaces {
  private PropertyPlaces() {}

  /** Returns the place of an element of a list, whether or not the list is one text. */
  static String ofElement(Environment environment, String list, int index) {
    var element = find(environment, "%s[%d]".formatted(list, index));
    return element != null ? of(element) : of(environment, list);
  }

  /** Returns the place of a property, with its name. */
  static String of(Environment environment, String name) {
    var property = find(environment, name);
    return property == null ? name : of(property);
  }

  static String of(ConfigurationProperty property) {
    return property.getOrigin() == null
        ? property.getName().toString()
        : "%s in %s".formatted(property.getName(), property.getOrigin());
  }

  private static @Nullable ConfigurationProperty find(Environment environment, String name) {
    var parsed = ConfigurationPropertyName.of(name);
    for (var source : ConfigurationPropertySources.get(environment)) {
      var property = source.getConfigurationProperty(parsed);
      if (property != null) {
        return property;
      }
    }
    return null;
  }
}
