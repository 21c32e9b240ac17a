package io.lhttp.nats.internal.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Once the broker is closed, deliveries and publications end. */
class DeliveryGateTest {
  private static final Message MESSAGE = Message.of("chat", "1");

  private final DeliveryGate gate = new DeliveryGate();
  private final List<String> received = new ArrayList<>();
  private final Broker.Subscriber subscriber =
      new Broker.Subscriber() {
        @Override
        public void deliver(Message message) {
          received.add(message.body());
        }

        @Override
        public void missed(long count) {
          received.add("missed " + count);
        }

        @Override
        public void rewound(long offset) {
          received.add("rewound " + offset);
        }
      };

  @Test
  void guarded_whileOpen_passesAllOnAndCountsLosses() {
    deliverAll(gate.guard(subscriber));

    assertThat(received).containsExactly("1", "1", "missed 3", "rewound 7");
    assertThat(gate.missed()).isEqualTo(3);
    gate.requireOpen();
  }

  @Test
  void guarded_afterClose_passesNothingOn() {
    var guarded = gate.guard(subscriber);
    gate.close();
    deliverAll(guarded);

    assertThat(received).isEmpty();
    assertThat(gate.missed()).isZero();
    assertThat(gate.isOpen()).isFalse();
    assertThatThrownBy(gate::requireOpen).isInstanceOf(RefusedException.class);
  }

  private static void deliverAll(Broker.Subscriber guarded) {
    guarded.deliver(MESSAGE);
    guarded.deliver(new History.Entry(1, MESSAGE));
    guarded.missed(3);
    guarded.rewound(7);
  }
}
