package io.lhttp.filters.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.Secrets;
import io.lhttp.filters.auth.AuthOptions.ApiKey;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.filters.auth.AuthOptions.Permission;
import io.lhttp.filters.auth.AuthOptions.Sources;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The builders of {@code AuthOptions} take each option and reject wrong values. */
class AuthOptionsTest {
  private static final String KEY = "sixteen letters!";

  @Test
  void builder_unchanged_hasDefaultsOfConfiguration() {
    assertThat(AuthOptions.builder().build()).isEqualTo(new AuthOptions());
    assertThat(Jwt.builder().build()).isEqualTo(new Jwt());
  }

  @Test
  void builder_eachOption_isTaken() {
    var cron =
        new ApiKey(Optional.empty(), Optional.of(Secrets.of("0".repeat(64))), Map.of("a", "b"));
    var sources = new Sources(true, false, false, Optional.empty(), Optional.empty());
    var options =
        AuthOptions.builder()
            .jwt(Jwt.of(Forge.SECRET))
            .apiKey("load", KEY)
            .apiKey("cron", cron)
            .tokens(sources)
            .anonymous(true)
            .grace(Duration.ofSeconds(1))
            .login(Duration.ofSeconds(2))
            .refusals(3)
            .permissions(Permission.of("news"))
            .build();

    var load = new ApiKey(Optional.of(Secrets.of(KEY)), Optional.empty(), Map.of());
    assertThat(options)
        .usingRecursiveComparison()
        .isEqualTo(
            new AuthOptions(
                Optional.of(Jwt.of(Forge.SECRET)),
                Map.of("load", load, "cron", cron),
                sources,
                true,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                3,
                List.of(Permission.of("news"))));
    assertThat(options.toBuilder().build()).isEqualTo(options);
  }

  @Test
  void jwtBuilder_eachOption_isTaken() {
    var key = AuthOptions.Key.pem("ec", Forge.pem(Forge.ec().getPublic()));
    var jwt =
        Jwt.builder()
            .secret(Forge.SECRET)
            .keys(key)
            .jwks(URI.create("https://issuer.example/keys"))
            .refresh(Duration.ofMinutes(1))
            .issuer("issuer")
            .audience("a", "b")
            .requireExpiry(true)
            .skew(Duration.ofSeconds(5))
            .user("name")
            .roles("realm_access.roles")
            .algorithm("PS256")
            .build();

    assertThat(jwt)
        .usingRecursiveComparison()
        .isEqualTo(
            new Jwt(
                Optional.of(Secrets.of(Forge.SECRET)),
                List.of(key),
                Optional.of(URI.create("https://issuer.example/keys")),
                Duration.ofMinutes(1),
                Optional.of("issuer"),
                List.of("a", "b"),
                true,
                Duration.ofSeconds(5),
                "name",
                Optional.of(ClaimPath.parse("realm_access.roles")),
                Optional.of("PS256")));
    assertThat(jwt.toBuilder().build()).isEqualTo(jwt);
  }

  @Test
  void build_wrongOption_isNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AuthOptions.builder().refusals(0).build())
        .withMessageContaining("refusals");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Jwt.builder().skew(Duration.ofMinutes(2)).build())
        .withMessageContaining("skew");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Jwt.builder().user(" ").build())
        .withMessageContaining("user");
  }
}
