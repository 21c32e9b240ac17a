package io.lhttp.internal.channel;

import io.lhttp.HistoryAccount;
import io.lhttp.RefusedException;
import io.lhttp.channel.Retention;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that publications of this server keep in histories, by account. It forgets a
 * publication when a history with the channel's retention would; a broker that forgets more keeps
 * fewer bytes than are counted. All threads may use it.
 *
 * <p>An account's publications to a channel within a sixteenth of the retention's time are one
 * part. Its publications are of equal size here, and their time passes together.
 */
final class HistoryLedger {
  /** The most parts that are counted. */
  static final int PARTS = 1 << 18;

  private static final int SLOTS = 16;

  private final LongSupplier nanos;
  private final int most;
  private final Map<String, Kept> channels = new HashMap<>();

  /** The parts of each retention, in the order in which they began. */
  private final Map<Retention, LinkedHashSet<Part>> byTime = new HashMap<>();

  private int parts;

  /** Whether any account was ever limited; without one nothing is locked. */
  private volatile boolean used;

  /**
   * @param nanos counts as {@link System#nanoTime} does
   * @param most the most parts
   */
  HistoryLedger(LongSupplier nanos, int most) {
    this.nanos = nanos;
    this.most = most;
  }

  /** The parts of a channel, oldest first. */
  private static final class Kept {
    final ArrayDeque<Part> parts = new ArrayDeque<>();
    int messages;
    long bytes;
  }

  /** Publications to one channel that count for one account, or for none if that is null. */
  static final class Part {
    final String channel;
    final Retention retention;
    final @Nullable HistoryAccount account;
    final long from;
    long last;
    int messages;
    long bytes;

    Part(String channel, Retention retention, @Nullable HistoryAccount account, long from) {
      this.channel = channel;
      this.retention = retention;
      this.account = account;
      this.from = from;
    }

    long bytesOf(int some) {
      return some == messages ? bytes : bytes * some / messages;
    }

    /** The number of its messages that have to go, so that the channel loses these excesses. */
    int beyond(int excessMessages, long excessBytes) {
      var forBytes = excessBytes <= 0 ? 0 : Math.ceilDiv(excessBytes * messages, bytes);
      return (int) Math.min(messages, Math.max(Math.max(0, excessMessages), forBytes));
    }
  }

  /** A counted publication. */
  record Receipt(Part part, long bytes) {}

  /**
   * Counts a publication.
   *
   * @param account null for a publication that counts for nobody, but displaces older ones
   * @return null if nothing was counted
   * @throws RefusedException if the account refuses it, or 503 if there are too many parts
   */
  @Nullable Receipt take(
      String channel, Retention retention, long bytes, @Nullable HistoryAccount account) {
    var payer = account != null && account.limited() ? account : null;
    if (payer == null && !used) {
      return null;
    }
    used = true;
    synchronized (this) {
      var now = nanos.getAsLong();
      forgetOld(now);
      if (bytes > retention.bytes()) { // the history forgets it at once, and all before it
        forget(channel);
        return null;
      }
      if (payer == null && !channels.containsKey(channel)) {
        return null;
      }
      if (parts >= most) {
        throw new RefusedException(503, "too many publications in histories are counted");
      }
      return add(channel, retention, bytes, payer, now);
    }
  }

  private Receipt add(
      String channel, Retention retention, long bytes, @Nullable HistoryAccount payer, long now) {
    var kept = channels.getOrDefault(channel, new Kept());
    var own = displaced(kept, retention, bytes, payer);
    if (payer != null && bytes > own) {
      payer.keep(bytes - own);
    } else if (payer != null) {
      payer.release(own - bytes);
    }
    displace(kept, retention, bytes, payer);
    channels.put(channel, kept);
    var part = kept.parts.peekLast();
    var slot = retention.time().toNanos() / SLOTS;
    if (part == null || !Objects.equals(part.account, payer) || now - part.from > slot) {
      part = new Part(channel, retention, payer, now);
      kept.parts.add(part);
      byTime.computeIfAbsent(retention, unused -> new LinkedHashSet<>()).add(part);
      parts++;
    }
    part.last = now;
    part.messages++;
    part.bytes += bytes;
    kept.messages++;
    kept.bytes += bytes;
    return new Receipt(part, bytes);
  }

  /** Returns the payer's bytes that a publication displaces. */
  private static long displaced(
      Kept kept, Retention retention, long bytes, @Nullable HistoryAccount payer) {
    var messages = kept.messages + 1 - retention.messages();
    var excess = kept.bytes + bytes - retention.bytes();
    var own = 0L;
    for (var part : kept.parts) {
      var gone = part.beyond(messages, excess);
      if (gone == 0) {
        break;
      }
      messages -= gone;
      excess -= part.bytesOf(gone);
      own += Objects.equals(part.account, payer) ? part.bytesOf(gone) : 0;
    }
    return own;
  }

  /** Forgets what a publication displaces. The payer has got its own bytes back already. */
  private void displace(
      Kept kept, Retention retention, long bytes, @Nullable HistoryAccount payer) {
    while (!kept.parts.isEmpty()) {
      var part = kept.parts.peekFirst();
      var gone =
          part.beyond(
              kept.messages + 1 - retention.messages(), kept.bytes + bytes - retention.bytes());
      if (gone == 0) {
        return;
      }
      var share = part.bytesOf(gone);
      if (part.account != null && !part.account.equals(payer)) {
        part.account.release(share);
      }
      shrink(kept, part, gone, share);
    }
  }

  /** Takes a publication back that was not stored. */
  synchronized void giveBack(Receipt receipt) {
    var part = receipt.part();
    var kept = channels.get(part.channel);
    if (kept == null || part.messages == 0) {
      return; // it is forgotten already
    }
    var share = Math.min(receipt.bytes(), part.bytes);
    if (part.account != null) {
      part.account.release(share);
    }
    shrink(kept, part, 1, share);
  }

  /** Forgets all publications to a channel. */
  synchronized void forget(String channel) {
    var kept = channels.get(channel);
    while (kept != null && !kept.parts.isEmpty()) {
      drop(kept, kept.parts.getFirst());
    }
  }

  /** Forgets all publications whose time has passed. */
  private void forgetOld(long now) {
    for (var queue : byTime.values()) {
      while (!queue.isEmpty()) {
        var oldest = queue.getFirst();
        if (now - oldest.last <= oldest.retention.time().toNanos()) {
          break;
        }
        drop(Objects.requireNonNull(channels.get(oldest.channel)), oldest);
      }
    }
  }

  private void drop(Kept kept, Part part) {
    if (part.account != null) {
      part.account.release(part.bytes);
    }
    shrink(kept, part, part.messages, part.bytes);
  }

  private void shrink(Kept kept, Part part, int messages, long bytes) {
    part.messages -= messages;
    part.bytes -= bytes;
    kept.messages -= messages;
    kept.bytes -= bytes;
    if (part.messages == 0) {
      kept.parts.remove(part);
      Objects.requireNonNull(byTime.get(part.retention)).remove(part);
      parts--;
      if (kept.parts.isEmpty()) {
        channels.remove(part.channel);
      }
    }
  }

  /** The number of parts. */
  synchronized int parts() {
    return parts;
  }
}
