package io.lhttp.spring;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.filters.presence.Presence;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.internal.text.Nearest;
import io.lhttp.message.Message;
import io.lhttp.spring.LhttpStartException.Problem;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * The chain that the application's beans make. The constructor finds all filters and processors, on
 * the thread that starts the application. Immutable.
 */
final class ChainBeans {
  private static final Logger log = LoggerFactory.getLogger(ChainBeans.class);

  private static final String FILTERS = LhttpProperties.PREFIX + ".filters";

  /** The beans of the built-in filters, which come after all others unless a list names them. */
  private static final List<String> BUILT_IN =
      List.of(LhttpAutoConfiguration.PUBSUB, LhttpAutoConfiguration.MULTIPART);

  /** The filters that come with LHTTP and need options, and so beans. */
  private static final Map<String, String> BY_ARTIFACT =
      Map.of(
          "auth", "AuthFilter of io.lhttp:lhttp-filter-auth",
          "rate-limit", "RateLimitFilter of io.lhttp:lhttp-filter-rate-limit",
          "quota", "QuotaFilter of io.lhttp:lhttp-filter-quota",
          "upstream", "UpstreamFilter of io.lhttp:lhttp-filter-upstream",
          "events", "EventsFilter of io.lhttp:lhttp-filter-upstream",
          "hooks", "HooksFilter of io.lhttp:lhttp-filter-upstream");

  private final ConfigurableListableBeanFactory beans;
  private final Environment environment;
  private final boolean trace;
  private final List<Problem> problems = new ArrayList<>();
  private final List<FilterBean> filters;
  private final Map<String, ProcessorBean> processors;

  private record FilterBean(String name, String bean, Filter filter, OnError onError, int order) {
    int group() {
      return 1 + BUILT_IN.indexOf(bean);
    }
  }

  private record ProcessorBean(String bean, Processor processor) {}

  /**
   * @throws LhttpStartException with all problems of the beans and their order
   */
  ChainBeans(
      ConfigurableListableBeanFactory beans, Environment environment, LhttpProperties properties) {
    this.beans = beans;
    this.environment = environment;
    this.trace = properties.trace();
    var found = filters();
    var names = properties.filters();
    filters = names == null ? byOrder(found) : byList(found, names);
    processors = processors();
    requireType(LhttpFilter.class, Filter.class);
    requireType(LhttpProcessor.class, Processor.class);
    if (!problems.isEmpty()) {
      throw new LhttpStartException(problems);
    }
  }

  /**
   * Describes the chain for one server. The beans stay open when the server closes.
   *
   * @param presence the members of channels, which the filter pubsub shows
   */
  ChainSpec spec(Optional<Presence> presence) {
    return new ChainSpec(
        filters.stream()
            .map(bean -> FilterSpec.borrowed(bean.name, bean.onError, with(presence, bean.filter)))
            .toList(),
        processors.entrySet().stream()
            .map(entry -> ProcessorSpec.borrowed(entry.getKey(), entry.getValue().processor))
            .toList(),
        trace);
  }

  /** Returns the names of the chain's filters, and the commands. */
  @Override
  public String toString() {
    return "%s processors=%s"
        .formatted(
            filters.stream().map(FilterBean::name).collect(joining(">")),
            String.join(",", processors.keySet()));
  }

  private static Filter with(Optional<Presence> presence, Filter filter) {
    return filter instanceof PubSubFilter pubsub
        ? presence.<Filter>map(pubsub::with).orElse(pubsub)
        : filter;
  }

  private List<FilterBean> filters() {
    var found = new ArrayList<FilterBean>();
    for (var bean : beans.getBeanNamesForType(Filter.class)) {
      var filter = beans.getBean(bean, Filter.class);
      var written = beans.findAnnotationOnBean(bean, LhttpFilter.class);
      var name = written == null || written.name().isBlank() ? bean : written.name();
      var onError = written == null ? OnError.REFUSE : written.onError();
      found.add(new FilterBean(name, bean, filter, onError, order(bean, filter)));
    }
    for (var same : several(found, FilterBean::name, LinkedHashMap::new)) {
      problem(
          places(same),
          same.getFirst().name,
          "two filters have this name",
          "Give each filter a name of its own by @LhttpFilter.");
    }
    return found;
  }

  /**
   * Returns the filters that have the same key as another one, for each such key.
   *
   * @param groups creates the map that orders the keys
   */
  private static <K> List<List<FilterBean>> several(
      List<FilterBean> filters,
      Function<FilterBean, K> key,
      Supplier<Map<K, List<FilterBean>>> groups) {
    return filters.stream().collect(groupingBy(key, groups, toList())).values().stream()
        .filter(same -> same.size() > 1)
        .toList();
  }

  private int order(String bean, Filter filter) {
    if (filter instanceof Ordered ordered) {
      return ordered.getOrder();
    }
    var order = beans.findAnnotationOnBean(bean, Order.class);
    return order == null ? Ordered.LOWEST_PRECEDENCE : order.value();
  }

  private List<FilterBean> byOrder(List<FilterBean> found) {
    var own = found.stream().filter(bean -> bean.group() == 0).toList();
    for (var same : several(own, FilterBean::order, TreeMap::new)) {
      problem(
          places(same),
          same.stream().map(FilterBean::name).collect(joining(", ")),
          "the order of these filters is not defined",
          "Annotate each of them with @Order and a number of its own, or list all filters in"
              + " their order in lhttp.filters.");
    }
    return found.stream()
        .sorted(Comparator.comparingInt(FilterBean::group).thenComparingInt(FilterBean::order))
        .toList();
  }

  private List<FilterBean> byList(List<FilterBean> found, List<String> names) {
    var byName = found.stream().collect(toMap(FilterBean::name, bean -> bean, (one, other) -> one));
    var listed = new ArrayList<FilterBean>();
    var seen = new HashSet<String>();
    for (var i = 0; i < names.size(); i++) {
      var name = names.get(i);
      var bean = byName.get(name);
      if (bean == null) {
        problem(
            PropertyPlaces.ofElement(environment, FILTERS, i),
            name,
            "there is no such filter" + Nearest.hint(name, new TreeMap<>(byName).keySet()),
            BY_ARTIFACT.containsKey(name)
                ? "Make a bean of it with @LhttpFilter(\"%s\"): it is %s."
                    .formatted(name, BY_ARTIFACT.get(name))
                : "Name a bean that is a Filter, by its @LhttpFilter or else by its bean name.");
      } else if (!seen.add(name)) {
        problem(
            PropertyPlaces.ofElement(environment, FILTERS, i),
            name,
            "the list has this filter already",
            "Remove it, or make a second bean with another name.");
      } else {
        listed.add(bean);
      }
    }
    found.stream()
        .filter(bean -> bean.group() == 0 && !names.contains(bean.name))
        .forEach(bean ->
            log.warn("filter is in no chain, as {} does not name it name={}", FILTERS, bean.name));
    return listed;
  }

  private Map<String, ProcessorBean> processors() {
    var byCommand = new LinkedHashMap<String, ProcessorBean>();
    for (var bean : beans.getBeanNamesForType(Processor.class)) {
      var written = beans.findAnnotationOnBean(bean, LhttpProcessor.class);
      if (written == null || written.value().length == 0) {
        problem(
            place(bean),
            bean,
            "this processor has no command",
            "Annotate its class or its @Bean method with @LhttpProcessor(\"COMMAND\").");
        continue;
      }
      var processor = new ProcessorBean(bean, beans.getBean(bean, Processor.class));
      for (var command : written.value()) {
        add(command, processor, byCommand);
      }
    }
    return byCommand;
  }

  private void add(String command, ProcessorBean bean, Map<String, ProcessorBean> byCommand) {
    try {
      var unused = Message.builder(command);
    } catch (IllegalArgumentException invalid) {
      problem(
          place(bean.bean),
          command,
          "a command has 1 to 128 bytes, no space and no control character",
          "Correct the command in @LhttpProcessor.");
      return;
    }
    var other = byCommand.putIfAbsent(command, bean);
    if (other != null) {
      problem(
          place(other.bean) + " and " + place(bean.bean),
          command,
          "two processors have this command",
          "Give each @LhttpProcessor a command of its own.");
    }
  }

  /** Adds a problem for each bean that has the annotation and another type. */
  private void requireType(Class<? extends Annotation> annotation, Class<?> type) {
    for (var bean : beans.getBeanNamesForAnnotation(annotation)) {
      var actual = beans.getType(bean);
      if (actual != null && !type.isAssignableFrom(actual)) {
        problem(
            place(bean),
            actual.getName(),
            "a bean with @%s has to be a %s".formatted(annotation.getSimpleName(), type.getName()),
            "Implement %s, or declare it as the type of the @Bean method."
                .formatted(type.getSimpleName()));
      }
    }
  }

  private void problem(String place, String value, String reason, String action) {
    problems.add(new Problem(place, value, reason, action));
  }

  private String places(List<FilterBean> filters) {
    return filters.stream().map(filter -> place(filter.bean)).collect(joining(" and "));
  }

  private String place(String bean) {
    if (!beans.containsBeanDefinition(bean)) {
      return "bean '%s'".formatted(bean);
    }
    var definition = beans.getMergedBeanDefinition(bean);
    var method = definition.getFactoryMethodName();
    var resource = definition.getResourceDescription();
    return "bean '%s'%s%s"
        .formatted(
            bean,
            method == null ? "" : ", method %s()".formatted(method),
            resource == null ? "" : " in " + resource);
  }
}
