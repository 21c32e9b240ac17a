package io.lhttp.spring;

import io.lhttp.AddressBlock;
import io.lhttp.Secret;
import io.lhttp.server.HostRule;
import io.lhttp.server.MemoryShare;
import io.lhttp.server.OriginRule;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.core.convert.converter.GenericConverter;

/**
 * Reads the texts of properties whose types are LHTTP's own. YAML has numbers in place of texts of
 * digits.
 */
final class PropertyConverter implements GenericConverter {
  private static final Map<Class<?>, Function<String, Object>> PARSERS =
      Map.of(
          ListenAddress.class, ListenAddress::valueOf,
          ByteSize.class, ByteSize::valueOf,
          HostRule.class, HostRule::parse,
          OriginRule.class, OriginRule::parse,
          AddressBlock.class, AddressBlock::parse,
          MemoryShare.class, MemoryShare::parse,
          Secret.class, Secret::of);

  @Override
  public Set<ConvertiblePair> getConvertibleTypes() {
    return PARSERS.keySet().stream()
        .flatMap(type ->
            Stream.of(
                new ConvertiblePair(String.class, type), new ConvertiblePair(Number.class, type)))
        .collect(Collectors.toSet());
  }

  @Override
  public @Nullable Object convert(@Nullable Object source, TypeDescriptor from, TypeDescriptor to) {
    return source == null
        ? null
        : Objects.requireNonNull(PARSERS.get(to.getType())).apply(source.toString());
  }
}
