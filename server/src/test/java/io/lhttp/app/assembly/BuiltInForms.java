package io.lhttp.app.assembly;

import io.lhttp.Secret;
import io.lhttp.Secrets;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Form;
import io.lhttp.app.config.Form.Either;
import io.lhttp.app.config.Form.Items;
import io.lhttp.app.config.Form.Keys;
import io.lhttp.app.config.Form.Word;
import io.lhttp.app.config.Forms;
import io.lhttp.app.config.Problems;
import io.lhttp.app.settings.SettingsForms;
import io.lhttp.filters.upstream.ClientTargetRules;
import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The forms of the built-in filters' options. */
public final class BuiltInForms {
  private final Map<Class<?>, Supplier<Form>> several = new HashMap<>();
  private final Forms forms = new Forms(new Binder(new Problems()), several);

  public BuiltInForms() {
    several.put(Path.class, () -> SettingsForms.FILE);
    several.put(Secret.class, () -> SettingsForms.SECRET);
    several.put(Secrets.class, () -> SettingsForms.SECRETS);
    several.put(
        ClientTargetRules.class,
        () ->
            Either.of(
                new Word("true"),
                new Word("false"),
                new Items(forms.of(ClientTargetRules.Rule.class, null))));
  }

  /** The keys of each filter's options, by its name; none for a filter without options. */
  public Map<String, Optional<Keys>> all() {
    var all = new LinkedHashMap<String, Optional<Keys>>();
    for (var name : BuiltInFilters.names()) {
      var type = BuiltInFilters.find(name).orElseThrow();
      all.put(
          name,
          Arrays.stream(type.getConstructors())
              .map(Constructor::getParameterTypes)
              .filter(types -> types.length > 0 && types[0].isRecord())
              .findFirst()
              .map(types -> forms.keys(types[0].asSubclass(Record.class), null)));
    }
    return all;
  }

  /** The names of the built-in filters. */
  public static List<String> names() {
    return List.copyOf(BuiltInFilters.names());
  }
}
