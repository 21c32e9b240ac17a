package io.lhttp.app.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.lhttp.AddressBlock;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Problem;
import io.lhttp.app.settings.Listen;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.PublicFolder;
import io.lhttp.app.settings.Settings.Reload;
import io.lhttp.app.settings.Settings.TlsFiles;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Retention;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.server.HostRule;
import io.lhttp.server.Limits;
import io.lhttp.server.MemoryShare;
import io.lhttp.server.OriginRule;
import io.lhttp.server.Transport;
import io.lhttp.server.TrustedProxies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An application's folder is read into settings and a chain, and each error names its position. */
class ApplicationTest {
  private static final String SHOUT =
      """
      import io.lhttp.*;
      public class Shout implements Filter {
        record Options(int max) {}
        public Shout(Options options) {}
      }
      """;
  private static final String ECHO =
      """
      import io.lhttp.*;
      public class Echo implements Processor {
        public void onMessage(Exchange e) { e.send(e.request().body()); }
      }
      """;

  @TempDir private Path folder;

  @Test
  void emptyFile_hasDefaults() throws Exception {
    var application = load("");

    assertThat(application.settings()).isEqualTo(Settings.defaults(folder));
    assertThat(application.chain().filters())
        .extracting(FilterSpec::name)
        .containsExactly("pubsub", "multipart");
    assertThat(application.chain().processors()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "*:8081, 0.0.0.0",
    "0.0.0.0:8081, 0.0.0.0",
    "'[::]:8081', ::",
    "my-host.lan:8081, my-host.lan"
  })
  void listen_withHost_isRead(String text, String host) throws Exception {
    assertThat(load("listen: '" + text + "'").settings().listen())
        .isEqualTo(new Listen(Optional.of(host), 8081));
  }

  @Test
  void fileWithEachKey_isRead() throws Exception {
    write("filters/Shout.java", SHOUT);
    write("processors/Echo.java", ECHO);
    write("tls/cert.pem", "");
    write("tls/key.pem", "");
    Files.createDirectory(folder.resolve("www"));

    var application =
        load(
            """
            listen: "127.0.0.1:${PORT}"
            chain:
              - Shout: { max: 3, on-error: skip }
              - multipart
            processors:
              echo: Echo
              Repeat: { class: Echo }
            broker: memory
            origins: [ "https://example.com", "http://localhost:3000" ]
            hosts: [ Example.com, "*.example.com:8443" ]
            trusted-proxies: [ 10.0.0.0/8, "::1" ]
            forwarded-header: forwarded
            proxy-protocol: true
            publish-endpoint: false
            limits: { message-bytes: 1MiB, ping-interval: 10s, memory: 25%, waiting-bytes: 1MiB }
            history: { "room:*": { messages: 5, for: 1m }, log: {} }
            presence: { "room:*": { grace: 3s }, hall: { count-only: true, members: 50 } }
            slow-consumers: { "prices.*": latest, "*": drop-oldest }
            tls: { certificate: tls/cert.pem, key: tls/key.pem }
            public: www
            transport: nio
            compression: false
            drain: { deadline: 5s }
            reload: fast
            """);

    var settings = application.settings();
    assertThat(settings.listen()).isEqualTo(new Listen(Optional.of("127.0.0.1"), 9000));
    assertThat(settings.origins())
        .containsExactly(
            OriginRule.parse("https://example.com"), OriginRule.parse("http://localhost:3000"));
    assertThat(settings.hosts())
        .containsExactly(HostRule.parse("example.com"), HostRule.parse("*.example.com:8443"));
    assertThat(settings.trustedProxies())
        .containsExactly(AddressBlock.parse("10.0.0.0/8"), AddressBlock.parse("::1"));
    assertThat(settings.forwardedHeader()).contains(TrustedProxies.Header.FORWARDED);
    assertThat(settings.proxyProtocol()).isTrue();
    assertThat(settings.publishEndpoint()).isFalse();
    assertThat(settings.limits())
        .isEqualTo(
            Limits.builder()
                .messageBytes(1024 * 1024)
                .memory(new MemoryShare(25, 0))
                .waitingBytes(1024 * 1024)
                .pingInterval(Duration.ofSeconds(10))
                .build());
    assertThat(settings.histories())
        .containsExactly(
            Map.entry("room:*", new Retention(5, Duration.ofMinutes(1), 1 << 20)),
            Map.entry("log", Retention.DEFAULT));
    assertThat(settings.presence())
        .containsExactly(
            Map.entry("room:*", new PresenceRule(Duration.ofSeconds(3), false, 1_000)),
            Map.entry("hall", new PresenceRule(Duration.ofSeconds(10), true, 50)));
    assertThat(application.presence()).isPresent();
    assertThat(settings.slowConsumers())
        .containsExactly(
            Map.entry("prices.*", SlowConsumer.LATEST), Map.entry("*", SlowConsumer.DROP_OLDEST));
    assertThat(settings.tls())
        .contains(new TlsFiles(folder.resolve("tls/cert.pem"), folder.resolve("tls/key.pem")));
    assertThat(settings.publicFolder())
        .isEqualTo(new PublicFolder(Optional.of(folder.resolve("www"))));
    assertThat(settings.transport()).isEqualTo(Transport.NIO);
    assertThat(settings.compression()).isFalse();
    assertThat(settings.drain().deadline()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.reload().scripts()).contains(Reload.FAST);
    assertThat(settings.reload().deadline()).isEqualTo(Duration.ofSeconds(60));
    assertThat(application.chain().filters())
        .extracting(FilterSpec::name, FilterSpec::onError)
        .containsExactly(tuple("Shout", OnError.SKIP), tuple("multipart", OnError.REFUSE));
    assertThat(application.chain().processors())
        .extracting(ProcessorSpec::command)
        .containsExactly("echo", "Repeat");
    assertThat(application.chain().processors().getFirst().make().call().getClass().getName())
        .isEqualTo("Echo");
  }

  @Test
  void trace_isOnInDevelopmentOrIfConfigured() throws Exception {
    assertThat(load("").chain(Mode.DEV).trace()).isTrue();
    assertThat(load("").chain(Mode.SERVE).trace()).isFalse();
    assertThat(load("trace: true").chain(Mode.SERVE).trace()).isTrue();
    assertThat(load("trace: false").chain(Mode.DEV).trace()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "8081 | | 8081",
        "localhost:0 | localhost | 0",
        "0.0.0.0:80 | 0.0.0.0 | 80",
        "[::1]:65535 | ::1 | 65535",
      })
  void listen_parsesPortAndOptionalHost(String text, @Nullable String host, int port) {
    assertThat(Listen.parse(text)).isEqualTo(new Listen(Optional.ofNullable(host), port));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "lisen: 1 | 1:1: unknown key 'lisen', did you mean 'listen'?",
        "listen: 65536 | 1:9: listen: expected a port or HOST:PORT, not '65536'",
        "listen: localhost | 1:9: listen: expected a port or HOST:PORT, not 'localhost'",
        "listen: ::1:80 | 1:9: listen: expected a port or HOST:PORT, not '::1:80'",
        "listen: :80 | 1:9: listen: expected a port or HOST:PORT, not ':80'",
        "listen: ${NONE} | 1:9: the environment variable NONE is not set",
        "limits: { memory: 90% } | 1:19: limits.memory: expected a share of the heap from 1% to 80%, or a size such as 512MiB, not '90%'",
        "limits: { memory: lots } | 1:19: limits.memory: expected a share of the heap from 1% to 80%, or a size such as 512MiB, not 'lots'",
        "limits: { waiting-bytes: 0 } | 1:9: limits: limit waitingBytes has to be positive: 0",
        "limits: { message-bytes: ${NONE} } | 1:26: the environment variable NONE is not set",
        "chain: [pubsbu] | 1:9: unknown filter 'pubsbu', did you mean 'pubsub'?",
        "chain: [pubsub, Shuot: { max: 1 }] | 1:17: unknown filter 'Shuot', did you mean 'Shout'?",
        "chain: [completely-else] | 1:9: unknown filter 'completely-else', expected one of auth, rate-limit, quota, upstream, events, hooks, pubsub, multipart, Shout",
        "chain: [sk4eC39HqLyjWDarjt] | 1:9: unknown filter '…', expected one of auth, rate-limit, quota, upstream, events, hooks, pubsub, multipart, Shout",
        "chain: [pubsub, sk4eC39HqLyjWDarjt: { on-error: skp }, sk4eC39HqLyjWDarjt] | 1:17: unknown filter '…', expected one of auth, rate-limit, quota, upstream, events, hooks, pubsub, multipart, Shout;1:49: ….on-error: expected one of refuse, skip, not 'skp', did you mean 'skip'?;1:56: the filter '…' stands twice in the chain, first in line 1: give this one a name of its own, as in '…-2: { filter: … }'",
        "processors: { e: sk.4eC39HqLyjWDarjt } | 1:18: unknown class '…', expected one of Echo",
        "processors: { sk4eC39HqLyjWDarjt: {} } | 1:35: processors.…: the key 'class' is missing, and there is no processors/….js",
        "processors: { 'sk4eC39HqLyjWDarjt sk4eC39HqLyjWDarjt': Echo } | 1:56: '… …' is no command: it has 1 to 128 bytes, no space and no control character",
        "history: { 'sk4eC39HqLyjWDarjt**': {} } | 1:12: history: expected a channel's name, or the beginning of one and *, not '…**'",
        "public: sk4eC39HqLyjWDarjt | 1:9: public: no such folder: what is written there (18 characters, not shown: it may be a secret)",
        "{ sk4eC39HqLyjWDarjt: 1, sk4eC39HqLyjWDarjt: 2 } | 1:3: unknown key '…', expected one of listen, chain, processors, broker, origins, hosts, trusted-proxies, forwarded-header, proxy-protocol, publish-endpoint, limits, slow-consumers, history, presence, revocations, tls, public, transport, compression, drain, reload, scripts, java, probation, trace, tracing, admin, api, log, file-permissions;1:26: the key '…' stands here twice, first in line 1",
        "chain: [upstream: { from-clients: sk4eC39HqLyjWDarjt }] | 1:35: upstream.from-clients: expected true, false or a list of rules (methods, to, roles), not what is written there (18 characters, not shown: it may be a secret)",
        "chain: [pubsub, pubsub] | 1:17: the filter 'pubsub' stands twice in the chain, first in line 1: a second one would publish each message twice",
        "chain: [multipart, multipart] | 1:20: the filter 'multipart' stands twice in the chain, first in line 1: give this one a name of its own, as in 'multipart-2: { filter: multipart }'",
        "chain: [pubsub, two: { filter: pubsub }] | 1:32: the filter 'pubsub' stands twice in the chain, first in line 1: a second one would publish each message twice",
        "chain: [a: { filter: multipart }, a: { filter: Shout, max: 1 }] | 1:35: the name 'a' stands twice in the chain, first in line 1: give this one another",
        "chain: [Shout: { filter: multipart }] | 1:9: 'Shout' is a filter of this folder, so another filter can't have this name: 'filter' says which filter a name of its own stands for, and is never an option",
        "chain: [pubsub: { filter: multipart }] | 1:9: 'pubsub' is a filter that comes with the server, so another filter can't have this name: 'filter' says which filter a name of its own stands for, and is never an option",
        "chain: [multipart, pubsub: { filter: multipart }] | 1:20: 'pubsub' is a filter that comes with the server, so another filter can't have this name: 'filter' says which filter a name of its own stands for, and is never an option",
        "chain: [pubsub, 'a b': { filter: pubsub }] | 1:17: 'a b' is no name for a filter: it has 1 to 100 letters, digits, and the characters . _ - $, and begins with none of . and -",
        "chain: [loud: { filter: Shuot, max: 1 }] | 1:25: unknown filter 'Shuot', did you mean 'Shout'?",
        "chain: [loud: { filter: Shout }] | 1:15: loud: the key 'max' is missing",
        "chain: [loud: { filter: Shout, mx: 1, max: 1 }] | 1:32: unknown key 'loud.mx', did you mean 'max'?",
        "chain: [loud: { filter: [Shout], max: 1 }] | 1:25: loud.filter: expected a filter's name, not a list",
        "chain: [loud: { filter: , max: 1 }] | 1:24: loud.filter: expected a filter's name, not nothing",
        "chain: [loud: { filter: '${NONE}', max: 1 }] | 1:25: the environment variable NONE is not set",
        "chain: [loud: { kind: Shout, max: 1 }] | 1:17: unknown filter 'loud': with a name of its own, the filter is written 'filter: Shout', not 'kind'",
        "chain: [loud: { filter: Shout, max: 1 }, more: { filter: loud }] | 1:58: 'loud' is a name in this chain: write 'filter: Shout', which it stands for",
        "chain: ['a b': { filter: multipart }] | 1:9: 'a b' is no name for a filter: it has 1 to 100 letters, digits, and the characters . _ - $, and begins with none of . and -",
        "chain: [pubsub: { max: 1 }] | 1:9: pubsub takes no options: its constructor has no record and no Map<String, Object>",
        "chain: [Shout] | 1:9: Shout: the key 'max' is missing",
        "chain: [Shout: { max: 1, mx: 2 }] | 1:26: unknown key 'Shout.mx', did you mean 'max'?",
        "chain: [Shout: { max: 1, on-error: skp }] | 1:36: Shout.on-error: expected one of refuse, skip, not 'skp', did you mean 'skip'?",
        "chain: [Echo] | 1:9: the class Echo in DIR/processors/Echo.java does not implement io.lhttp.Filter: it is a processor, which 'processors' names, with its command",
        "chain: [{ a: 1, b: 2 }] | 1:9: chain[0]: expected a filter's name, or one name with its options, not keys with values",
        "chain: pubsub | 1:8: chain: expected a list, not 'pubsub'",
        "processors: { e: Ecko } | 1:18: unknown class 'Ecko', did you mean 'Echo'?",
        "processors: { e: Shout } | 1:18: the class Shout in DIR/filters/Shout.java does not implement io.lhttp.Processor: it is a filter, which 'chain' names",
        "processors: { e: { clas: Echo } } | 1:18: processors.e: the key 'class' is missing, and there is no processors/e.js;1:20: unknown key 'processors.e.clas', did you mean 'class'?",
        "processors: { e f: Echo } | 1:20: 'e f' is no command: it has 1 to 128 bytes, no space and no control character",
        "broker: kafka | 1:9: broker: expected memory, nats, or nats with its settings, not 'kafka'",
        "broker: { nats: { server: x } } | 1:19: unknown key 'broker.nats.server', did you mean 'servers'?",
        "broker: { nats: { servers: ['http://x'] } } | 1:17: broker.nats: no server of NATS: expected nats://HOST:PORT or tls://HOST:PORT",
        "broker: { nats: { subject-prefix: 'a b' } } | 1:17: broker.nats: subject-prefix: expected words of A-Z, a-z, 0-9, _ and -, each with a dot behind it, such as lhttp.",
        "broker: { nats: { user: me } } | 1:17: broker.nats: user and password go together",
        "broker: { nats: { when-away: wait } } | 1:30: broker.nats.when-away: expected one of refuse, buffer, local, not 'wait'",
        "broker: { nats: { credentials: SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV } } | 1:32: broker.nats.credentials: no file that can be read: what is written there (32 characters, not shown: it may be a secret)",
        "broker: { nats: { credentials: gone } } | 1:32: broker.nats.credentials: no file that can be read: DIR/gone",
        "history: { a: { messages: 0 } } | 1:15: history.a: a history has 1 to 100000 messages, some time and at least 1KiB",
        "{ history: { a: {} }, broker: { nats: { subject-prefix: '' } } } | 1:3: history: NATS keeps a history only under a subject-prefix, which is empty here",
        "broker: { nats: { jetstream: { replicas: 2 } } } | 1:30: broker.nats.jetstream: replicas: expected 1, 3 or 5",
        "{ presence: { a: {} }, broker: { nats: { subject-prefix: '' } } } | 1:3: presence: with NATS it needs a subject-prefix, which is empty here",
        "presence: { a: { grace: 2h } } | 1:16: presence.a: grace: expected a time up to 1h",
        "presence: { a: { count: true } } | 1:18: unknown key 'presence.a.count', did you mean 'count-only'?",
        "history: { '': {} } | 1:12: history: expected a channel's name, or the beginning of one and *, not ''",
        "history: { 'a b': {} } | 1:12: history: expected a channel's name, or the beginning of one and *, not 'a b'",
        "presence: { '*a': {}, 'a**': {} } | 1:13: presence: expected a channel's name, or the beginning of one and *, not '*a';1:23: presence: expected a channel's name, or the beginning of one and *, not 'a**'",
        "history: { 'a*': {}, 'ab*': {}, ab: {} } | 1:22: history: 'ab*' is never reached: 'a*' in line 1 comes first, and the first that fits decides;1:33: history: 'ab' is never reached: 'a*' in line 1 comes first, and the first that fits decides",
        "slow-consumers: { '*': close, a: latest } | 1:31: slow-consumers: 'a' is never reached: '*' in line 1 comes first, and the first that fits decides",
        "origins: [ https://a/b ] | 1:12: origins[0]: expected an origin, without a path: https://a, not 'https://a/b'",
        "origins: [ '*' ] | 1:12: origins[0]: expected an origin such as https://example.com (pages of any origin can't be allowed), not '*'",
        "origins: [ example.com ] | 1:12: origins[0]: expected an origin such as https://example.com, with its scheme, not 'example.com'",
        "origins: [ 'https://a*.b.c' ] | 1:12: origins[0]: expected an origin such as https://example.com, or https://*.example.com for the hosts below it, not 'https://a*.b.c'",
        "origins: [ 'wss://a.b' ] | 1:12: origins[0]: expected the origin of the page, not of the socket: https://a.b, not 'wss://a.b'",
        "hosts: [ https://a ] | 1:10: hosts[0]: expected a host such as example.com, example.com:8443 or *.example.com, not 'https://a'",
        "hosts: [ '' ] | 1:10: hosts[0]: expected a host such as example.com, example.com:8443 or *.example.com, not ''",
        "trusted-proxies: [ 10.0.0.0/33 ] | 1:20: trusted-proxies[0]: expected an address or a block of them such as 10.0.0.0/8, not '10.0.0.0/33'",
        "trusted-proxies: [ proxy.example ] | 1:20: trusted-proxies[0]: expected an address or a block of them such as 10.0.0.0/8, not 'proxy.example'",
        "trusted-proxies: [ 0.0.0.0/0 ] | 1:1: trusted-proxies: 0.0.0.0/0 trusts everybody, so that every client could choose its address",
        "proxy-protocol: true | 1:1: proxy-protocol: it is about trusted-proxies, and none are written",
        "forwarded-header: forwarded | 1:1: forwarded-header: it is about trusted-proxies, and none are written",
        "forwarded-header: x-real-ip | 1:19: forwarded-header: expected one of x-forwarded-for, forwarded, not 'x-real-ip'",
        "listen: 'a*b:80' | 1:9: listen: expected a port or HOST:PORT, not 'a*b:80'",
        "listen: 1.2.3:80 | 1:9: listen: expected a port or HOST:PORT, not '1.2.3:80'",
        "listen: 1.2.3.256:80 | 1:9: listen: expected a port or HOST:PORT, not '1.2.3.256:80'",
        "listen: '[::zz]:80' | 1:9: listen: expected a port or HOST:PORT, not '[::zz]:80'",
        "listen: 'http://localhost:80' | 1:9: listen: expected a port or HOST:PORT, not 'http://localhost:80'",
        "limits: { message: 1 } | 1:11: unknown key 'limits.message', did you mean 'message-bytes'?",
        "limits: { channels: 0 } | 1:9: limits: limit channels has to be positive: 0",
        "slow-consumers: { a: drop } | 1:22: slow-consumers.a: expected one of close, drop-oldest, latest, not 'drop', did you mean 'drop-oldest'?",
        "tls: { certificate: c.pem, key: k.pem } | 1:21: tls.certificate: no file that can be read: DIR/c.pem;1:33: tls.key: no file that can be read: DIR/k.pem",
        "tls: { key: filters/Shout.java } | 1:6: tls: the key 'certificate' is missing",
        "public: nowhere | 1:9: public: no such folder: DIR/nowhere",
        "transport: uring | 1:12: transport: expected one of auto, io_uring, epoll, nio, not 'uring'",
        "compression: yes | 1:14: compression: expected true or false, not 'yes'",
        "drain: { deadline: soon } | 1:20: drain.deadline: expected a duration such as 10s, 500ms or 2m, not 'soon'",
        "scripts: { threads: 0 } | 1:21: scripts.threads: expected event-loop, or 1 to 1000 threads, not '0'",
        "scripts: { fetch: ['ftp://x/'] } | 1:20: scripts.fetch[0]: expected a URL such as http://127.0.0.1:9000/, not 'ftp://x/'",
        "scripts: { fetches: [] } | 1:12: unknown key 'scripts.fetches', did you mean 'fetch'?",
        "scripts: { ready: hot } | 1:19: scripts.ready: expected one of loaded, warm, not 'hot'",
        "scripts: { ready: lodaed } | 1:19: scripts.ready: expected one of loaded, warm, not 'lodaed', did you mean 'loaded'?",
        "scripts: { ready: Warm } | 1:19: scripts.ready: expected one of loaded, warm, not 'Warm', did you mean 'warm'?",
        "scripts: { ready: true } | 1:19: scripts.ready: expected one of loaded, warm, not 'true'",
        "scripts: { ready: [warm] } | 1:19: scripts.ready: expected one of loaded, warm, not a list",
        "scripts: { ready: } | 1:12: scripts.ready: a value is missing",
        "scripts: { raedy: warm } | 1:12: unknown key 'scripts.raedy', did you mean 'ready'?",
        "scripts: { ready: sk4eC39HqLyjWDarjt } | 1:19: scripts.ready: expected one of loaded, warm, not what is written there (18 characters, not shown: it may be a secret)",
        "java: { options: [-Xlint, -foo] } | 1:27: java.options[1]: the option '-foo' is not allowed, expected --enable-preview, -Xlint:…, -Xdoclint:…, -Werror or -AKEY=VALUE",
        "java: { options: [-Xlint, '-Xlint:all,-rawtype'] } | 1:27: java.options[1]: javac has no warnings 'rawtype', did you mean 'rawtypes'?",
        "java: { options: ['-Xdoclint:al'] } | 1:19: java.options[0]: javac does not take '-Xdoclint:al' (javac --help-extra lists the values of -Xdoclint)",
        "java: { options: [-A1.x=y] } | 1:19: java.options[0]: expected identifiers with dots between them behind -A, not '1.x'",
        "java: { options: [[-Xlint]] } | 1:19: java.options[0]: expected --enable-preview, -Xlint:…, -Xdoclint:…, -Werror or -AKEY=VALUE, not a list",
        "reload: hot | 1:9: reload: expected one of warm, fast, not 'hot'",
        "file-permissions: ignored | 1:1: file-permissions: only the command line may say this, as who writes here must not decide it: --set file-permissions=ignored",
        "reload: { deadline: soon } | 1:21: reload.deadline: expected a duration such as 10s, 500ms or 2m, not 'soon'",
        "reload: { deadline: 0s } | 1:9: reload: deadline has to be positive, and 1h at most",
        "reload: { deadlin: 5s } | 1:11: unknown key 'reload.deadlin', did you mean 'deadline'?",
      })
  void wrongKeyOrValue_isReportedWithPositionAndNearestName(String text, String expected)
      throws Exception {
    write("filters/Shout.java", SHOUT);
    write("processors/Echo.java", ECHO);

    assertThat(problems(text))
        .containsExactly(
            Arrays.stream(expected.replace("DIR", folder.toString()).split(";"))
                .map(problem -> folder + "/lhttp.yaml:" + problem)
                .toArray(String[]::new));
  }

  @Test
  void severalErrors_areAllReported() throws Exception {
    write("filters/Shout.java", SHOUT.replace("int max", "itn max"));

    assertThat(problems("lisen: 1\nchain: [pubsbu, multipart]\nreload: hot\n"))
        .hasSize(3)
        .anyMatch(problem -> problem.contains("lhttp.yaml:1:1: unknown key 'lisen'"))
        .anyMatch(problem -> problem.contains("lhttp.yaml:3:9: reload"))
        .anyMatch(problem -> problem.contains("filters/Shout.java:3:18: cannot find symbol"));
  }

  @Test
  void errorsOfOneFile_areInOrderOfLines() throws Exception {
    var lines =
        List.of(
            "chain: [pubsbu, { multipart: { a: 1 } }]",
            "trace: maybe",
            "processors: { e: Nothing, f: Nothing }",
            "limits: { channels: 0 }",
            "java: { options: [-x] }",
            "listen: x",
            "",
            "",
            "",
            "lisen: 1");

    assertThat(problems(String.join("\n", lines)))
        .extracting(problem -> problem.replaceAll(".*lhttp.yaml:(\\d+:\\d+): .*", "$1"))
        .containsExactly("1:9", "1:19", "2:8", "3:18", "3:30", "4:9", "5:19", "6:9", "10:1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "loud: { filter: Shout, max: 1 } | loud.filter=Shuot | --set chain.loud.filter=Shuot: unknown filter 'Shuot', did you mean 'Shout'?",
        "loud: { filter: Shout, max: 1 } | loud.filter=[Shout] | --set chain.loud.filter=[Shout]: loud.filter: expected a filter's name, not a list",
        "multipart | multipart.filter=Shout | --set chain.multipart.filter=Shout: 'multipart' is a filter that comes with the server, so another filter can't have this name: 'filter' says which filter a name of its own stands for, and is never an option",
        "loud: { filter: Shout, max: 1 } | loud.filter=multipart | --set chain.loud.filter=multipart: loud takes no options: its constructor has no record and no Map<String, Object>",
        "loud: { filter: multipart } | loud.filter=Shout | lhttp.yaml:2:15: loud: the key 'max' is missing (--set chain.loud.filter=Shout has chosen the filter)",
        "loud: { filter: Shout, max: 1 } | loud.filter=rate-limit | lhttp.yaml:2:32: unknown key 'loud.max', expected one of per, rate, burst, commands, limits, refusals, keys, newcomers (--set chain.loud.filter=rate-limit has chosen the filter)",
        "multipart: { filter: Shout } | multipart.max=1 | lhttp.yaml:2:9: 'multipart' is a filter that comes with the server, so another filter can't have this name: 'filter' says which filter a name of its own stands for, and is never an option",
        "Shuot: { max: 1 } | Shuot.max=2 | lhttp.yaml:2:9: unknown filter 'Shuot', did you mean 'Shout'?",
        "Shuot | Shuot.max=2 | lhttp.yaml:2:9: unknown filter 'Shuot', did you mean 'Shout'?",
        "loud: { filter: multipart }, pubsub | loud.filter=pubsub | lhttp.yaml:2:38: the filter 'pubsub' stands twice in the chain, first by --set chain.loud.filter=pubsub: a second one would publish each message twice",
      })
  void errorOfFilterChosenBySetOption_namesOption(String chain, String option, String expected)
      throws Exception {
    write("filters/Shout.java", SHOUT);
    write("lhttp.yaml", "trace: false\nchain: [" + chain + "]\n");

    assertThatThrownBy(() ->
            new ApplicationLoader(folder)
                .overrides(List.of("chain." + option))
                .environment(ApplicationTest::environment)
                .load())
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            wrong ->
                assertThat(wrong.problems())
                    .extracting(problem -> problem.summary().replace(folder + "/", ""))
                    .containsExactly(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "auth  | api-keys: { mia: { key: file:none } } | mine.api-keys.mia.key",
        "Keyed | secret: file:none                     | mine.secret",
        "keyed | secret: file:none                     | mine.secret",
      })
  void badSecretOfFilterChosenBySetOption_namesOption(String filter, String options, String key)
      throws Exception {
    write(
        "filters/Keyed.java",
        """
        public class Keyed implements io.lhttp.Filter {
          record Options(io.lhttp.Secret secret) {}
          public Keyed(Options options) {}
        }
        """);
    write("filters/keyed.js", "export function before(ctx) {}");
    write("lhttp.yaml", "chain: [ mine: { " + options + " } ]\n");
    var loader =
        new ApplicationLoader(folder)
            .overrides(List.of("chain.mine.filter=" + filter))
            .environment(ApplicationTest::environment);

    assertThatThrownBy(loader::load)
        .hasMessageContaining(
            "%s: no file that can be read: none (--set chain.mine.filter=%s has chosen the filter)"
                .formatted(key, filter));
  }

  @ParameterizedTest
  @ValueSource(strings = {"processors/say.js", "say.js", "{ class: processors/say.js }"})
  void scriptAsClassOfItsOwnCommand_needsNone(String written) throws Exception {
    write("processors/say.js", "export function onMessage(ctx) {}");
    write("lhttp.yaml", "processors: { say: " + written + " }\n");

    assertThatThrownBy(() -> new ApplicationLoader(folder).load())
        .hasMessageContaining(
            "processors.say: a script needs no class, and processors/say.js is the processor of 'say' without this entry")
        .hasMessageNotContaining("two processors");
  }

  @Test
  void errorInSetOption_namesOption() throws Exception {
    Files.writeString(folder.resolve("lhttp.yaml"), "");

    assertThatThrownBy(() ->
            new ApplicationLoader(folder)
                .overrides(List.of("limits.mesage-bytes=1"))
                .environment(ApplicationTest::environment)
                .load())
        .hasMessage(
            "--set limits.mesage-bytes=1: unknown key 'limits.mesage-bytes', did you mean 'message-bytes'?");
  }

  @Test
  void missingFolderOrFile_isNamed() {
    var none = folder.resolve("none");
    assertThatThrownBy(
            () -> new ApplicationLoader(none).environment(ApplicationTest::environment).load())
        .hasMessage(none + ": no such folder");
    assertThatThrownBy(
            () -> new ApplicationLoader(folder).environment(ApplicationTest::environment).load())
        .hasMessageStartingWith(folder + "/lhttp.yaml: no such file");
  }

  private Application load(String text) throws Exception {
    write("lhttp.yaml", text);
    return new ApplicationLoader(folder).environment(ApplicationTest::environment).load();
  }

  private List<String> problems(String text) throws IOException {
    write("lhttp.yaml", text);
    var thrown =
        catchThrowableOfType(
            ConfigurationException.class,
            () -> new ApplicationLoader(folder).environment(ApplicationTest::environment).load());
    return thrown == null ? List.of() : thrown.problems().stream().map(Problem::summary).toList();
  }

  private static @Nullable String environment(String name) {
    return name.equals("PORT") ? "9000" : null;
  }

  private void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
