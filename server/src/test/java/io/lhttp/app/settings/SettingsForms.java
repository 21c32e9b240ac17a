package io.lhttp.app.settings;

import io.lhttp.Secret;
import io.lhttp.Secrets;
import io.lhttp.app.api.ApiKey;
import io.lhttp.app.config.Form;
import io.lhttp.app.config.Form.Either;
import io.lhttp.app.config.Form.Kind;
import io.lhttp.app.config.Form.One;
import io.lhttp.app.config.Form.Word;
import io.lhttp.app.config.Forms;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.Settings.Link;
import io.lhttp.app.settings.Settings.PublicFolder;
import io.lhttp.app.settings.Settings.Use;
import io.lhttp.chain.OnError;
import io.lhttp.nats.NatsSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The forms of all keys of {@code lhttp.yaml}. */
public final class SettingsForms {
  public static final One SECRET = new One(Kind.TEXT, "a secret as text, or as `file:PATH`");

  /** One secret, or two while one replaces the other. */
  public static final Form SECRETS =
      Either.of(SECRET, new Form.Items(new One(Kind.TEXT, "such a secret, two at most")));

  public static final One FILE = new One(Kind.TEXT, "a file, from the application's folder");

  /** The keys that an entry of the chain has beside the filter's options. */
  private static final List<String> OF_A_LINK = List.of("filter", "on-error");

  private static final Path FOLDER = Path.of("");

  private final Map<Class<?>, Supplier<Form>> several = new HashMap<>();
  private final Forms forms =
      new Forms(
          new SettingsReader(FOLDER, new Problems(), new SecretFiles(FOLDER, true)).binder(),
          several);

  public SettingsForms() {
    several.put(Path.class, () -> FILE);
    several.put(Secret.class, () -> SECRET);
    several.put(Secrets.class, () -> SECRETS);
    several.put(
        PublicFolder.class, () -> Either.of(new One(Kind.TEXT, "a folder"), new Word("false")));
    several.put(BrokerChoice.class, () -> Either.of(new Word("memory"), new Word("nats"), nats()));
    several.put(Link.class, () -> new One(Kind.TEXT, "a filter's name, alone or with its options"));
    several.put(
        Use.class,
        () ->
            Either.of(
                new One(Kind.TEXT, "the name of a Java class"),
                forms.keys(SettingsReader.WrittenUse.class, null)));
    several.put(
        AdminSettings.class,
        () ->
            Either.of(
                forms.of(Listen.class, null),
                new Word("false"),
                forms.keys(AdminSettings.Written.class, AdminSettings.Written.DEFAULT)));
    several.put(
        ApiKey.class, () -> Either.of(SECRETS, forms.keys(ApiSettings.WrittenKey.class, null)));
    several.put(
        ReloadSettings.class,
        () ->
            Either.of(
                forms.of(Settings.Reload.class, null),
                forms.keys(ReloadSettings.class, ReloadSettings.DEFAULT)));
    several.put(JavaSettings.Option.class, () -> new One(Kind.TEXT, "a text"));
    several.put(Node.class, Form.Anything::new);
    several.put(Place.class, Form.Anything::new);
    several.put(Scalar.class, () -> new One(Kind.TEXT, "a name"));
  }

  /** All keys but the one that only the command line may set. */
  public Form.Keys all() {
    var all = forms.keys(Settings.class, Settings.defaults(FOLDER));
    return new Form.Keys(
        all.keys().stream().filter(key -> !key.name().equals("file-permissions")).toList());
  }

  /** The keys of an entry of the chain. */
  public List<Form.Key> ofLink() {
    var place = Place.of("the chain");
    var link = new Link(place, "", OnError.REFUSE, new Node.Nothing(place));
    return forms.keys(Link.class, link).keys().stream()
        .filter(key -> OF_A_LINK.contains(key.name()))
        .toList();
  }

  /** The key {@code nats} with its settings below it, for which {@link BrokerChoice} has one. */
  private Form.Keys nats() {
    var settings = BrokerChoice.Nats.class.getRecordComponents()[0];
    var keys = forms.keys(NatsSettings.class, NatsSettings.DEFAULT);
    return new Form.Keys(List.of(new Form.Key("nats", settings, keys, true, NatsSettings.DEFAULT)));
  }
}
