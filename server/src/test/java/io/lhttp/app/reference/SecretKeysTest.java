package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.BuiltInForms;
import io.lhttp.app.config.Form;
import io.lhttp.app.settings.SettingsForms;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each key of {@code lhttp.yaml} with the name of a secret may have it in a file. */
class SecretKeysTest {
  private static final Pattern NAME =
      Pattern.compile("(.*-)?(secret|token|password|passphrase|key|nkey|seed|sha256)");

  private final List<String> secrets = new ArrayList<>();
  private final List<String> others = new ArrayList<>();

  @Test
  void keysWithNamesOfSecrets_readFiles() {
    new SettingsForms().all().keys().forEach(key -> find("", key));
    new BuiltInForms()
        .all()
        .forEach((filter, keys) ->
            keys.ifPresent(found -> found.keys().forEach(key -> find(filter + ".", key))));

    assertThat(others).isEmpty();
    assertThat(secrets)
        .containsExactlyInAnyOrder(
            "admin.token",
            "api.keys.NAME.secret",
            "auth.api-keys.NAME.key",
            "auth.api-keys.NAME.sha256",
            "auth.jwt.keys[].secret",
            "auth.jwt.secret",
            "broker.nats.nkey",
            "broker.nats.password",
            "broker.nats.token",
            "events.secret",
            "hooks.secret",
            "upstream.secret");
  }

  private void find(String path, Form.Key key) {
    var name = path + key.name();
    var form = key.form();
    if (form.equals(SettingsForms.SECRET) || form.equals(SettingsForms.SECRETS)) {
      secrets.add(name);
    } else if (NAME.matcher(key.name()).matches() && !form.equals(SettingsForms.FILE)) {
      others.add(name);
    }
    below(name, form);
  }

  private void below(String name, Form form) {
    switch (form) {
      case Form.Keys keys -> keys.keys().forEach(key -> find(name + ".", key));
      case Form.Items items -> below(name + "[]", items.item());
      case Form.Entries entries -> below(name + ".NAME", entries.value());
      case Form.Either either -> either.forms().forEach(each -> below(name, each));
      case Form.One _, Form.Words _, Form.Word _, Form.Anything _ -> {}
    }
  }
}
