package io.lhttp.app.settings;

import io.lhttp.app.api.method.Method;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.Node.Unread;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.secrets.SecretFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The parts of {@code lhttp.yaml} by which a command calls the server API: an address and a key.
 * Each is read when it is asked for, so that errors in other parts of the file don't matter.
 */
public final class ApiAccess {
  private static final String API = "api";
  private static final String KEYS = "keys";
  private static final String LISTEN = "listen";

  private final Path folder;
  private final Node root;
  private final List<Problem> unread;
  private final SecretFiles secrets;

  /**
   * @param unread the problems of values that could not be read, at their places
   */
  public ApiAccess(Path folder, Node root, List<Problem> unread, SecretFiles secrets) {
    this.folder = folder;
    this.root = root;
    this.unread = List.copyOf(unread);
    this.secrets = secrets;
  }

  /**
   * Returns the listener of the API, or else the admin listener. Its host is always present.
   *
   * @throws ConfigurationException if the address can't be read
   */
  public Listen listener() throws ConfigurationException {
    var own = child(root, "", API);
    var listen = own.isPresent() ? child(own.get(), API, LISTEN) : Optional.<Node>empty();
    if (listen.isPresent()) {
      var address = address(listen.get(), API + "." + LISTEN);
      return new Listen(Optional.of(ApiSettings.host(address)), address.port());
    }
    var admin = child(root, "", "admin").filter(node -> !off(node));
    var written =
        admin.isPresent() && admin.get() instanceof Mapping
            ? child(admin.get(), "admin", LISTEN)
            : admin;
    var standard = AdminAccess.DEFAULT;
    if (written.isEmpty()) {
      return new Listen(Optional.of(standard.host()), standard.port());
    }
    var address = address(written.get(), "admin");
    return new Listen(Optional.of(address.host().orElse(standard.host())), address.port());
  }

  /**
   * Returns the secret of the first key that may call a method; empty if there is none.
   *
   * @throws ConfigurationException if there is none, and a key can't be read
   */
  public Optional<String> secret(Method method) throws ConfigurationException {
    var api = child(root, "", API);
    var keys = api.isPresent() ? child(api.get(), API, KEYS) : Optional.<Node>empty();
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    var all = new Problems();
    for (var entry : mapping(keys.get(), API + "." + KEYS).entries()) {
      var problems = new Problems();
      var name = API + "." + KEYS + "." + entry.key();
      var binder = new SettingsReader(folder, problems, secrets).binder();
      var key = ApiSettings.key(entry.value(), name, binder);
      addUnread(entry.value(), name, problems);
      if (key != null && problems.size() == 0 && key.allows(method)) {
        return Optional.of(key.secret().all().getFirst().text());
      }
      problems.found().forEach(one -> all.add(one.place(), "%s", one.message()));
    }
    all.throwIfAny();
    return Optional.empty();
  }

  private static boolean off(Node admin) {
    return admin instanceof Scalar scalar && scalar.text().equals("false");
  }

  private Listen address(Node node, String name) throws ConfigurationException {
    var problems = new Problems();
    var fallback = new Listen(Optional.empty(), AdminAccess.DEFAULT.port());
    var binder = new SettingsReader(folder, problems, secrets).binder();
    var address = binder.value(Listen.class, node, name, fallback);
    addUnread(node, name, problems);
    problems.throwIfAny();
    return address;
  }

  /** Returns the value of a key; empty if it is absent or has none. */
  private Optional<Node> child(Node node, String name, String key) throws ConfigurationException {
    return mapping(node, name)
        .entry(key)
        .map(Node.Entry::value)
        .filter(value -> !(value instanceof Nothing));
  }

  private Mapping mapping(Node node, String name) throws ConfigurationException {
    if (node instanceof Mapping mapping) {
      return mapping;
    }
    var problems = new Problems();
    if (node instanceof Unread) {
      addUnread(node, name, problems);
    } else if (!(node instanceof Nothing)) {
      problems.add(
          node.place(),
          "%sexpected keys with values, not %s",
          name.isEmpty() ? "" : name + ": ",
          node.describe(name));
    }
    problems.throwIfAny();
    return new Mapping(node.place(), List.of());
  }

  /** Adds the problems of the values below a node that could not be read. */
  private void addUnread(Node node, String name, Problems to) {
    switch (node) {
      case Unread value -> {
        var before = to.size();
        unread.stream()
            .filter(problem -> problem.place().equals(value.place()))
            .forEach(problem -> to.add(problem.place(), "%s: %s", name, problem.message()));
        if (to.size() == before) {
          to.add(value.place(), "%s: can't be read", name);
        }
      }
      case Mapping mapping ->
          mapping.entries().forEach(entry -> addUnread(entry.value(), name, to));
      case Sequence sequence -> sequence.items().forEach(item -> addUnread(item, name, to));
      case Scalar _, Nothing _ -> {} // they are read
    }
  }
}
