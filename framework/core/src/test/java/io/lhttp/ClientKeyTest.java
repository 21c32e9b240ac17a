package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lhttp.ClientKey.Network;
import io.lhttp.internal.chain.StubConnection;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client key is equal for all connections of one client. */
class ClientKeyTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
    "2001:db8::1, 2001:db8::ffff:ffff:ffff:ffff, true",
    "2001:db8::1, 2001:db8:0:1::1, false",
    "::1, ::2, true",
    "192.0.2.1, ::ffff:192.0.2.1, true",
    "::ffff:192.0.2.1, ::ffff:192.0.2.2, false",
    "::192.0.2.1, 192.0.2.1, false",
  })
  void addressesOfOneClient_areEqual(String one, String other, boolean same) throws Exception {
    assertThat(address(one, 1).equals(address(other, 2))).isEqualTo(same);
    assertThat(address(one, 1)).isEqualTo(address(one, 2)).hasSameHashCodeAs(address(one, 2));
  }

  @Test
  void mappedAddress_isItsIpv4Address_evenWithAScope() throws Exception {
    var bytes = new byte[16];
    bytes[10] = bytes[11] = -1;
    bytes[12] = 10;
    var mapped = new InetSocketAddress(Inet6Address.getByAddress("x", bytes, 3), 1);

    assertThat(ClientKey.of(mapped)).isEqualTo(address("10.0.0.0", 1));
  }

  @Test
  void unknownAddress_isOneClient() {
    assertThat(ClientKey.of(InetSocketAddress.createUnresolved("a", 1)))
        .isEqualTo(ClientKey.of(InetSocketAddress.createUnresolved("b", 2)))
        .hasToString("address unknown");
  }

  @Test
  void connection_isItsUser_elseItsAddress() throws Exception {
    var connection = connection("2001:db8::1");
    assertThat(ClientKey.of(connection)).isEqualTo(address("2001:db8::2", 5));

    connection.authenticate(new Principal("jack", Map.of()));
    assertThat(ClientKey.of(connection)).isEqualTo(new ClientKey.User("jack"));
    assertThat(ClientKey.addressOf(connection)).isEqualTo(address("2001:db8::2", 5));
  }

  @Test
  void userNamedLikeAddress_differsFromAddress() throws Exception {
    for (var name : new String[] {"192.0.2.1", "/192.0.2.1", "address 192.0.2.1", "unknown"}) {
      var connection = connection("192.0.2.1");
      connection.authenticate(new Principal(name, Map.of()));

      assertThat(ClientKey.of(connection)).isNotEqualTo(address("192.0.2.1", 1));
      assertThat(ClientKey.of(connection)).hasToString("user " + name);
    }
  }

  @Test
  void text_ofIpv6_showsNetwork() throws Exception {
    assertThat(address("2001:db8:1:2::9", 1)).hasToString("address 2001:db8:1:2::/64");
    assertThat(address("192.0.2.1", 1)).hasToString("address 192.0.2.1");
  }

  @Test
  void networksAroundClient_areItsHouseholdAndSite() throws Exception {
    var client = address("2001:db8:1:203::9", 1);
    assertThat(client.around())
        .extracting(Network::toString, Network::clients)
        .containsExactly(
            tuple("address 2001:db8:1:200::/56", 4), tuple("address 2001:db8:1::/48", 16));
    assertThat(client.site()).isEqualTo(client.around().getLast());
    assertThat(client.site().site()).isEqualTo(client.site());
    assertThat(client.site().around()).isEmpty();
    assertThat(address("2001:db8:1:ff03::9", 1).site()).isEqualTo(client.site());
    assertThat(address("2001:db8:2:203::9", 1).site()).isNotEqualTo(client.site());
    assertThat(new Network(0, 56)).isNotEqualTo(new Network(0)).isGreaterThan(new Network(0, 48));
  }

  @Test
  void userOrIpv4Address_hasNoNetworkAround() throws Exception {
    for (var key : List.of(new ClientKey.User("jack"), address("::ffff:192.0.2.1", 1))) {
      assertThat(key.around()).isEmpty();
      assertThat(key.site()).isSameAs(key);
    }
  }

  private static ClientKey address(String text, int port) throws UnknownHostException {
    return ClientKey.of(new InetSocketAddress(InetAddress.getByName(text), port));
  }

  private static StubConnection connection(String address) throws UnknownHostException {
    return new StubConnection(InetAddress.getByName(address));
  }
}
