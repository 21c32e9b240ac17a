package io.lhttp.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.spring.LhttpStartException.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** Beans make the chain, and mistakes in them are reported with their places. */
class ChainBeansTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(LhttpAutoConfiguration.class))
          .withPropertyValues("lhttp.auto-startup=false");

  @Test
  void filters_withOrder_precedeBuiltInOnes() {
    runner
        .withUserConfiguration(OrderedFilters.class)
        .run(context ->
            assertThat(filters(context)).containsExactly("b", "a", "pubsub", "multipart"));
  }

  @Test
  void filters_ofList_haveItsOrder() {
    runner
        .withUserConfiguration(OrderedFilters.class)
        .withPropertyValues("lhttp.filters=pubsub, a")
        .run(context -> assertThat(filters(context)).containsExactly("pubsub", "a"));
  }

  @Test
  void filters_emptyList_areNone() {
    runner
        .withUserConfiguration(OrderedFilters.class)
        .withPropertyValues("lhttp.filters=")
        .run(context -> assertThat(filters(context)).isEmpty());
  }

  @Test
  void annotation_setsNameAndPolicy() {
    runner
        .withUserConfiguration(Observing.class)
        .run(context -> {
          var first = beans(context).spec(Optional.empty()).filters().getFirst();
          assertThat(first.name()).isEqualTo("audit");
          assertThat(first.onError()).isEqualTo(OnError.SKIP);
        });
  }

  @Test
  void processor_mayHaveSeveralCommands() {
    runner
        .withUserConfiguration(TwoCommands.class)
        .run(context ->
            assertThat(beans(context).spec(Optional.empty()).processors())
                .extracting(ProcessorSpec::command)
                .containsExactly("chat", "say"));
  }

  @Test
  void filters_withoutOrder_areRefused() {
    var problem = problem(runner.withUserConfiguration(UnorderedFilters.class));

    assertThat(problem.value()).isEqualTo("one, two");
    assertThat(problem.reason()).isEqualTo("the order of these filters is not defined");
    assertThat(problem.place()).contains("bean 'one', method one()", "UnorderedFilters");
    assertThat(problem.action()).contains("@Order", "lhttp.filters");
  }

  @Test
  void filters_ofOneName_areRefused() {
    var problem =
        problem(
            runner.withUserConfiguration(SameName.class).withPropertyValues("lhttp.filters=same"));

    assertThat(problem.value()).isEqualTo("same");
    assertThat(problem.reason()).isEqualTo("two filters have this name");
    assertThat(problem.place()).contains("bean 'one'", "bean 'two'");
  }

  @Test
  void list_unknownFilter_isRefusedWithNearestName() {
    var problem =
        problem(
            runner
                .withUserConfiguration(OrderedFilters.class)
                .withPropertyValues("lhttp.filters[0]=a", "lhttp.filters[1]=pubsup"));

    assertThat(problem.value()).isEqualTo("pubsup");
    assertThat(problem.reason()).isEqualTo("there is no such filter, did you mean 'pubsub'?");
    assertThat(problem.place()).startsWith("lhttp.filters[1]");
  }

  @Test
  void list_builtInFilterWithoutBean_isRefusedWithItsArtifact() {
    var problem = problem(runner.withPropertyValues("lhttp.filters=auth"));

    assertThat(problem.value()).isEqualTo("auth");
    assertThat(problem.action()).contains("io.lhttp:lhttp-filter-auth", "AuthFilter");
  }

  @Test
  void list_filterTwice_isRefused() {
    var problem =
        problem(
            runner
                .withUserConfiguration(OrderedFilters.class)
                .withPropertyValues("lhttp.filters=a, a"));

    assertThat(problem.value()).isEqualTo("a");
    assertThat(problem.reason()).isEqualTo("the list has this filter already");
    assertThat(problem.place()).startsWith("lhttp.filters");
  }

  @Test
  void processors_ofOneCommand_areRefused() {
    var problem = problem(runner.withUserConfiguration(TwoCommands.class, SameCommand.class));

    assertThat(problem.value()).isEqualTo("say");
    assertThat(problem.reason()).isEqualTo("two processors have this command");
    assertThat(problem.place()).contains("bean 'talk'", "bean 'other'");
  }

  @Test
  void processor_withoutCommand_isRefused() {
    var problem = problem(runner.withUserConfiguration(NoCommand.class));

    assertThat(problem.value()).isEqualTo("nameless");
    assertThat(problem.reason()).isEqualTo("this processor has no command");
    assertThat(problem.action()).contains("@LhttpProcessor");
  }

  @Test
  void processor_impossibleCommand_isRefused() {
    var problem = problem(runner.withUserConfiguration(ImpossibleCommand.class));

    assertThat(problem.value()).isEqualTo("two words");
    assertThat(problem.reason()).contains("no space");
  }

  @Test
  void annotation_onOtherType_isRefused() {
    var problem = problem(runner.withUserConfiguration(OtherType.class));

    assertThat(problem.value()).isEqualTo("java.lang.String");
    assertThat(problem.reason())
        .isEqualTo("a bean with @LhttpProcessor has to be a io.lhttp.Processor");
  }

  @Test
  void problems_areReportedTogether() {
    runner
        .withUserConfiguration(NoCommand.class, UnorderedFilters.class)
        .run(context -> assertThat(problems(context)).hasSize(2));
  }

  private static List<String> filters(ConfigurableApplicationContext context) {
    return beans(context).spec(Optional.empty()).filters().stream().map(FilterSpec::name).toList();
  }

  private static ChainBeans beans(ConfigurableApplicationContext context) {
    return new ChainBeans(
        context.getBeanFactory(), context.getEnvironment(), context.getBean(LhttpProperties.class));
  }

  private static Problem problem(ApplicationContextRunner runner) {
    var found = new ArrayList<Problem>();
    runner.run(context -> found.addAll(problems(context)));
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static List<Problem> problems(AssertableApplicationContext context) {
    for (var cause = context.getStartupFailure(); cause != null; cause = cause.getCause()) {
      if (cause instanceof LhttpStartException start) {
        return start.problems();
      }
    }
    throw new AssertionError("the application started", context.getStartupFailure());
  }

  @Configuration(proxyBeanMethods = false)
  static class OrderedFilters {
    @Bean
    @Order(2)
    Filter a() {
      return new Filter() {};
    }

    @Bean
    @Order(1)
    Filter b() {
      return new Filter() {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Observing {
    @Bean
    @LhttpFilter(value = "audit", onError = OnError.SKIP)
    Filter observer() {
      return new Filter() {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class UnorderedFilters {
    @Bean
    Filter one() {
      return new Filter() {};
    }

    @Bean
    Filter two() {
      return new Filter() {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class SameName {
    @Bean
    @LhttpFilter("same")
    Filter one() {
      return new Filter() {};
    }

    @Bean
    @LhttpFilter(name = "same")
    Filter two() {
      return new Filter() {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoCommands {
    @Bean
    @LhttpProcessor({"chat", "say"})
    Processor talk() {
      return exchange -> {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class SameCommand {
    @Bean
    @LhttpProcessor("say")
    Processor other() {
      return exchange -> {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class NoCommand {
    @Bean
    Processor nameless() {
      return exchange -> {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ImpossibleCommand {
    @Bean
    @LhttpProcessor("two words")
    Processor wordy() {
      return exchange -> {};
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OtherType {
    @Bean
    @LhttpProcessor("chat")
    String text() {
      return "no processor";
    }
  }
}
