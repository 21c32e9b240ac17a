package io.lhttp.internal.control;

import io.lhttp.control.Changes;
import io.lhttp.control.Channels;
import io.lhttp.control.Connections;
import io.lhttp.control.MemberCounts;
import io.lhttp.control.Members;
import io.lhttp.control.Reach;
import io.lhttp.control.Servers;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Merges the answers of several servers, given by the servers' ids. */
final class Merges {
  private Merges() {}

  static Changes changes(Reach reach, Map<String, Answer.Counts> answers) {
    var refusals = new Refusals();
    var changed = 0L;
    for (var answer : answers.values()) {
      changed += answer.changed();
      answer.refusals().forEach(refusals::add);
    }
    return new Changes(reach, changed, refusals.mostFrequent());
  }

  static Members members(Reach reach, Map<String, Answer.Members> answers, int limit) {
    var merged =
        sums(
            answers.values(),
            Answer.Members::members,
            Members.Member::user,
            Members.Member::connections);
    // Beyond the end of a truncated answer, further names of that server are not known.
    var end =
        end(
            answers.values(),
            Answer.Members::truncated,
            answer -> answer.members().getLast().user());
    var known = upTo(merged, end);
    var first =
        known.entrySet().stream()
            .limit(limit)
            .map(entry -> new Members.Member(entry.getKey(), entry.getValue()))
            .toList();
    return new Members(reach, first, first.size() < merged.size() || end != null);
  }

  static MemberCounts memberCounts(Reach reach, Map<String, Answer.Members> answers) {
    var connections = 0L;
    var users = 0L;
    var anonymous = 0L;
    var exact = true;
    for (var answer : answers.values()) {
      connections += answer.matched();
      users += answer.users();
      anonymous += answer.anonymous();
      exact &= !answer.truncated();
    }
    if (exact) {
      users =
          sums(
                  answers.values(),
                  Answer.Members::members,
                  Members.Member::user,
                  Members.Member::connections)
              .size();
    }
    return new MemberCounts(reach, connections, users, anonymous, exact || answers.size() == 1);
  }

  static Channels channels(Reach reach, Map<String, Answer.Channels> answers, int limit) {
    var merged =
        sums(
            answers.values(),
            Answer.Channels::channels,
            Channels.Channel::name,
            Channels.Channel::subscribers);
    var end =
        end(
            answers.values(),
            Answer.Channels::truncated,
            answer -> answer.channels().getLast().name());
    var first =
        upTo(merged, end).entrySet().stream()
            .limit(limit)
            .map(entry -> new Channels.Channel(entry.getKey(), entry.getValue()))
            .toList();
    return new Channels(reach, first, first.size() < merged.size() || end != null);
  }

  static Connections connections(Reach reach, Map<String, Answer.Connections> answers, int limit) {
    var merged = new TreeMap<String, Connections.Item>();
    answers.forEach((server, answer) ->
        answer.connections().forEach(item -> merged.putIfAbsent(item.id(), item)));
    var end =
        end(
            answers.values(),
            Answer.Connections::truncated,
            answer -> answer.connections().getLast().id());
    var first = upTo(merged, end).values().stream().limit(limit).toList();
    return new Connections(reach, first, first.size() < merged.size() || end != null);
  }

  static Servers servers(Reach reach, Map<String, Answer.Description> answers, String self) {
    return new Servers(
        reach,
        new TreeMap<>(answers)
            .entrySet().stream()
                .map(entry -> {
                  var of = entry.getValue();
                  return new Servers.Server(
                      entry.getKey(),
                      entry.getKey().equals(self),
                      of.version(),
                      of.uptime(),
                      of.connections(),
                      of.channels(),
                      of.generation(),
                      of.draining());
                })
                .toList());
  }

  /** Adds up the numbers of all items with one name, in the order of names. */
  private static <A, T> NavigableMap<String, Long> sums(
      Collection<A> answers,
      Function<A, List<T>> items,
      Function<T, String> name,
      ToLongFunction<T> number) {
    var sums = new TreeMap<String, Long>();
    for (var answer : answers) {
      for (var item : items.apply(answer)) {
        sums.merge(name.apply(item), number.applyAsLong(item), Long::sum);
      }
    }
    return sums;
  }

  /** Returns the least of the last names of truncated answers; null if no answer is truncated. */
  private static <A> @Nullable String end(
      Collection<A> answers, Predicate<A> truncated, Function<A, String> last) {
    return answers.stream().filter(truncated).map(last).min(Comparator.naturalOrder()).orElse(null);
  }

  private static <V> Map<String, V> upTo(NavigableMap<String, V> merged, @Nullable String end) {
    return end == null ? merged : merged.headMap(end, true);
  }
}
