package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.Secret;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.nats.client.NKey;
import io.nats.client.support.JsonSerializable;
import io.nats.client.support.JwtUtils;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker authenticates at a real NATS by each method and verifies its certificate. */
class NatsAccessTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path folder;
  private final List<AutoCloseable> open = new ArrayList<>();

  /** The settings that differ among these tests. */
  private record Access(
      Optional<String> user,
      Optional<String> password,
      Optional<String> token,
      Optional<String> nkey,
      Optional<Path> credentials,
      Optional<NatsTls> tls) {
    static final Access NONE =
        new Access(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    static Access user(String user, String password) {
      return new Access(
          Optional.of(user),
          Optional.of(password),
          NONE.token,
          NONE.nkey,
          NONE.credentials,
          NONE.tls);
    }

    static Access token(String token) {
      return new Access(
          NONE.user, NONE.password, Optional.of(token), NONE.nkey, NONE.credentials, NONE.tls);
    }

    static Access nkey(char[] seed) {
      return new Access(
          NONE.user,
          NONE.password,
          NONE.token,
          Optional.of(new String(seed)),
          NONE.credentials,
          NONE.tls);
    }

    static Access credentials(Path file) {
      return new Access(
          NONE.user, NONE.password, NONE.token, NONE.nkey, Optional.of(file), NONE.tls);
    }

    static Access tls(NatsTls tls) {
      return new Access(
          NONE.user, NONE.password, NONE.token, NONE.nkey, NONE.credentials, Optional.of(tls));
    }

    NatsSettings at(URI server) {
      return at(server, NatsSettings.WhenAway.REFUSE);
    }

    NatsSettings at(URI server, NatsSettings.WhenAway whenAway) {
      return new NatsSettings(
          List.of(server),
          user,
          password.map(Secret::of),
          token.map(Secret::of),
          nkey.map(Secret::of),
          credentials,
          tls,
          "lhttp.",
          whenAway,
          NatsSettings.DEFAULT.bufferBytes(),
          false,
          Duration.ofSeconds(2),
          NatsJetStream.DEFAULT);
    }
  }

  @AfterEach
  void closeAll() throws Exception {
    for (var one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void userAndPassword_connectsOnlyWithRightPassword() throws Exception {
    var nats = nats("authorization { user: lhttp, password: \"right\" }");
    works(Access.user("lhttp", "right").at(nats.uri()));
    staysOut(Access.user("lhttp", "wrong").at(nats.uri()));
    staysOut(Access.NONE.at(nats.uri()));
  }

  @Test
  void token_connectsOnlyWithRightToken() throws Exception {
    var nats = nats("authorization { token: \"right\" }");
    works(Access.token("right").at(nats.uri()));
    staysOut(Access.token("wrong").at(nats.uri()));
  }

  @Test
  void nkey_connectsOnlyWithListedKey() throws Exception {
    var key = NKey.createUser(RANDOM);
    var nats =
        nats("authorization { users: [ { nkey: %s } ] }".formatted(new String(key.getPublicKey())));
    works(Access.nkey(key.getSeed()).at(nats.uri()));
    staysOut(Access.nkey(NKey.createUser(RANDOM).getSeed()).at(nats.uri()));
  }

  @Test
  void credentials_connectOnlyOfOwnAccount() throws Exception {
    var operator = NKey.createOperator(RANDOM);
    var account = NKey.createAccount(RANDOM);
    var nats =
        nats(
            """
            operator: %s
            resolver: MEMORY
            resolver_preload: { %s: %s }
            """
                .formatted(
                    Files.writeString(
                        folder.resolve("operator.jwt"),
                        signed(operator, operator, "{\"type\":\"operator\",\"version\":2}")),
                    new String(account.getPublicKey()),
                    signed(
                        operator,
                        account,
                        """
                        {"type":"account","version":2,"limits":{"subs":-1,"data":-1,"payload":-1,
                         "imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1}}
                        """)));
    works(Access.credentials(credentials(account, "ours.creds")).at(nats.uri()));
    staysOut(
        Access.credentials(credentials(NKey.createAccount(RANDOM), "foreign.creds"))
            .at(nats.uri()));
  }

  @Test
  void tls_connectsOnlyToTrustedCertificate() throws Exception {
    var ca = authority();
    var nats = nats(tls(certificate(ca, "127.0.0.1"), "", ca));
    works(Access.tls(trusting(ca)).at(secure(nats)));
    works(Access.tls(trusting(ca)).at(nats.uri())); // the URL names no TLS, but NATS requires it
    staysOut(Access.tls(trusting(authority())).at(secure(nats)));
    staysOut(Access.NONE.at(secure(nats)));
  }

  @Test
  void tls_certificateOfOtherHost_isRejected() throws Exception {
    var ca = authority();
    var nats = nats(tls(certificate(ca, "localhost"), "", ca));
    works(Access.tls(trusting(ca)).at(URI.create("tls://localhost:" + nats.port())));
    staysOut(Access.tls(trusting(ca)).at(secure(nats)));
  }

  @Test
  void mutualTls_connectsOnlyWithOwnCertificate() throws Exception {
    var ca = authority();
    var nats = nats(tls(certificate(ca, "127.0.0.1"), "verify: true", ca));
    var ours = certificate(ca, "lhttp");
    var key = Optional.of(file("key", ours.privateKeyPkcs8Pem()));
    var certificate = Optional.of(file("certificate", ours.certificatePem()));
    works(Access.tls(new NatsTls(trusting(ca).ca(), certificate, key)).at(secure(nats)));
    staysOut(Access.tls(trusting(ca)).at(secure(nats)));
  }

  @Test
  void refusedAtStart_connectsOnceNatsAccepts() throws Exception {
    var nats = nats("authorization { token: \"old\" }");
    var broker = broker(Access.token("new").at(nats.uri()));
    Eventually.holds("it was refused more than once", () -> errors(broker) > 3);

    nats.kill();
    configure("authorization { token: \"new\" }");
    nats.restart();

    Eventually.holds("it comes in", broker::connected);
  }

  @Test
  void refusedAfterRestart_reconnectsWithSubscriptions() throws Exception {
    var nats = nats("authorization { token: \"right\" }");
    var received = new ConcurrentLinkedQueue<String>();
    var broker = broker(Access.token("right").at(nats.uri()));
    broker.subscribe("room", message -> received.add(message.body()));

    nats.kill();
    configure("authorization { token: \"other\" }");
    nats.restart();
    var before = errors(broker);
    Eventually.holds("it was refused more than once", () -> errors(broker) > before + 3);
    nats.kill();
    configure("authorization { token: \"right\" }");
    nats.restart();

    Eventually.holds("it comes in", broker::connected);
    Eventually.holds(
        "its subscriptions stand",
        () -> {
          publish(broker, "room", Message.of("chat", "again"));
          return received.contains("again");
        });
  }

  @Test
  void buffered_whileRefused_isSentOnceAccepted() throws Exception {
    var nats = nats("authorization { token: \"right\" }");
    var received = new ConcurrentLinkedQueue<String>();
    var broker = broker(Access.token("right").at(nats.uri(), NatsSettings.WhenAway.BUFFER));
    broker.subscribe("room", message -> received.add(message.body()));
    nats.kill();
    configure("authorization { token: \"other\" }");
    nats.restart();
    var before = errors(broker);
    Eventually.holds("it is refused", () -> errors(broker) > before + 1);
    publish(broker, "room", Message.of("chat", "1"));
    Eventually.holds("its connection is given up", () -> errors(broker) > before + 5);
    publish(broker, "room", Message.of("chat", "2"));

    nats.kill();
    configure("authorization { token: \"right\" }");
    nats.restart();

    Eventually.holds("all is sent", () -> received.size() == 2);
    assertThat(received).containsExactly("1", "2");
  }

  @Test
  void start_withUnreadableTlsFiles_throws() throws IOException {
    var nothing = file("nothing", "nothing");
    for (var tls :
        List.of(
            new NatsTls(Optional.of(nothing), Optional.empty(), Optional.empty()),
            new NatsTls(
                Optional.empty(),
                Optional.of(file("certificate", authority().certificatePem())),
                Optional.of(nothing)))) {
      try (var broker =
          new NatsBroker(Access.tls(tls).at(NatsSettings.DEFAULT.servers().getFirst()))) {
        assertThatIllegalArgumentException()
            .isThrownBy(broker::start)
            .withMessageContaining("TLS to NATS: ")
            .withMessageContaining("nothing");
      }
    }
  }

  @Test
  void toString_hidesSecrets() {
    var settings = Access.token("hush").at(URI.create("nats://127.0.0.1:1"));
    assertThat(settings.toString()).doesNotContain("hush");
  }

  /** Publishes a message and requires that NATS brings it back. */
  private void works(NatsSettings settings) {
    var received = new ConcurrentLinkedQueue<String>();
    var broker = broker(settings);
    Eventually.holds("it connects", broker::connected);
    broker.subscribe("room", message -> received.add(message.body()));
    publish(broker, "room", Message.of("chat", "hello"));
    Eventually.holds("it comes back", () -> received.contains("hello"));
  }

  private void staysOut(NatsSettings settings) {
    var broker = new NatsBroker(settings);
    open.add(broker);
    Thread.ofVirtual().start(broker::start);
    Eventually.holds("it is refused", () -> errors(broker) > 0);
    assertThat(broker.connected()).isFalse();
    assertThatThrownBy(() -> publish(broker, "room", Message.of("chat", "hello")))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(503));
  }

  private static double errors(NatsBroker broker) {
    return broker.metrics().stream()
        .filter(measure -> measure.name().equals("nats_errors"))
        .findFirst()
        .orElseThrow()
        .value();
  }

  private NatsBroker broker(NatsSettings settings) {
    var broker = new NatsBroker(settings);
    open.add(broker);
    broker.start();
    return broker;
  }

  private NatsServer nats(String configuration) throws IOException {
    configure(configuration);
    var nats = NatsServer.start(folder, "-c", folder.resolve("nats.conf").toString());
    open.add(nats);
    return nats;
  }

  private void configure(String configuration) throws IOException {
    Files.writeString(folder.resolve("nats.conf"), configuration);
  }

  private static URI secure(NatsServer nats) {
    return URI.create("tls://127.0.0.1:" + nats.port());
  }

  private static HeldCertificate authority() {
    return new HeldCertificate.Builder().commonName("ca").certificateAuthority(0).build();
  }

  private static HeldCertificate certificate(HeldCertificate ca, String host) {
    return new HeldCertificate.Builder()
        .signedBy(ca)
        .commonName(host)
        .addSubjectAlternativeName(host)
        .build();
  }

  private NatsTls trusting(HeldCertificate ca) throws IOException {
    return new NatsTls(
        Optional.of(file("ca", ca.certificatePem())), Optional.empty(), Optional.empty());
  }

  private String tls(HeldCertificate certificate, String more, HeldCertificate ca)
      throws IOException {
    return "tls { cert_file: \"%s\", key_file: \"%s\", ca_file: \"%s\", %s }"
        .formatted(
            file("server-certificate", certificate.certificatePem()),
            file("server-key", certificate.privateKeyPkcs8Pem()),
            file("server-ca", ca.certificatePem()),
            more);
  }

  private Path file(String name, String pem) throws IOException {
    return Files.writeString(Files.createTempFile(folder, name, ".pem"), pem);
  }

  private Path credentials(NKey account, String name) throws Exception {
    var user = NKey.createUser(RANDOM);
    return Files.writeString(
        folder.resolve(name),
        """
        -----BEGIN NATS USER JWT-----
        %s
        ------END NATS USER JWT------

        -----BEGIN USER NKEY SEED-----
        %s
        ------END USER NKEY SEED------
        """
            .formatted(
                JwtUtils.issueUserJWT(
                    account, new String(account.getPublicKey()), new String(user.getPublicKey())),
                new String(user.getSeed())));
  }

  private static String signed(NKey by, NKey of, String claims) throws Exception {
    JsonSerializable body = () -> claims;
    return JwtUtils.issueJWT(
        by,
        new String(of.getPublicKey()),
        "lhttp",
        Duration.ZERO,
        JwtUtils.currentTimeSeconds(),
        new String(by.getPublicKey()),
        body);
  }

  private static void publish(NatsBroker broker, String channel, Message message) {
    broker.publish(channel, message);
    broker.flush();
  }
}
