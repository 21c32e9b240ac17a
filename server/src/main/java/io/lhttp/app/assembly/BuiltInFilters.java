package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.filters.auth.AuthFilter;
import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.quota.QuotaFilter;
import io.lhttp.filters.ratelimit.RateLimitFilter;
import io.lhttp.filters.upstream.EventsFilter;
import io.lhttp.filters.upstream.HooksFilter;
import io.lhttp.filters.upstream.UpstreamFilter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The built-in filters by their names in {@code lhttp.yaml}. */
final class BuiltInFilters {
  private static final Map<String, Class<? extends Filter>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("auth", AuthFilter.class);
    ALL.put("rate-limit", RateLimitFilter.class);
    ALL.put("quota", QuotaFilter.class);
    ALL.put("upstream", UpstreamFilter.class);
    ALL.put("events", EventsFilter.class);
    ALL.put("hooks", HooksFilter.class);
    ALL.put("pubsub", PubSubFilter.class);
    ALL.put("multipart", MultipartFilter.class);
  }

  private BuiltInFilters() {}

  static Optional<Class<? extends Filter>> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  static Set<String> names() {
    return ALL.keySet();
  }
}
