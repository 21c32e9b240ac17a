package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StringReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.request.EventRequest;
import io.lhttp.app.Processes;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import java.io.BufferedReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A debugger that is attached to {@code dev} as IDEs are: by JDI, with breakpoints by line. */
class BreakpointTest extends ProcessFixture {
  private static final String NAME = "shop.Echo";

  private VirtualMachine debugged;
  private BufferedReader output;
  private URI server;

  @BeforeEach
  void attach() throws Exception {
    write("lhttp.yaml", "processors: { echo: " + NAME + " }");
    write("processors/shop/Echo.java", echo("", "one "));
    var dev =
        processes.lhttp(
            List.of("-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0"),
            List.of("dev", folder.toString(), "--port", "0", "--debug"));
    var lines = new ArrayList<String>();
    server = Processes.listening(dev, lines);
    output = dev.inputReader(UTF_8);
    var port =
        lines.stream()
            .filter(line -> line.startsWith("Listening for transport dt_socket at address: "))
            .map(line -> line.replaceAll(".*: ", ""))
            .findFirst()
            .orElseThrow(() -> new AssertionError(lines.toString()));
    debugged = attach(port);
  }

  @Test
  void breakpointSetBeforeReload_isHitInNewClass() throws Exception {
    var breakpoint = new LineBreakpoint(5);
    var before = breakpoint.hit("hi");
    assertThat(before.answer()).isEqualTo("one hi");

    write("processors/shop/Echo.java", echo("", "two "));
    assertThat(Processes.line(output, "reloaded")).contains("Echo.java changed");

    var after = breakpoint.hit("hi");
    assertThat(after.answer()).isEqualTo("two hi");
    assertThat(after.type()).isNotEqualTo(before.type());
    assertThat(after.type().classLoader()).isNotEqualTo(before.type().classLoader());
  }

  @Test
  void breakpointBelowNewComment_isHitAtItsNewLine() throws Exception {
    var breakpoint = new LineBreakpoint(5);
    assertThat(breakpoint.hit("hi").answer()).isEqualTo("one hi");

    breakpoint.move(7); // as an IDE does when lines are typed above it
    write("processors/shop/Echo.java", echo("// one\n// two\n", "one "));
    assertThat(Processes.line(output, "reloaded"))
        .contains("Echo.java changed")
        .contains("processor echo replaced, too, without its state:")
        .contains("debuggers need the new lines of shop.Echo");

    assertThat(breakpoint.hit("hi").answer()).isEqualTo("one hi");
  }

  /**
   * Returns an echo processor, with {@code head} above it. Without a head, line 5 sends the reply.
   */
  private static String echo(String head, String greeting) {
    return head
        + """
        package shop;
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange exchange) {
            var answer = "GREETING" + exchange.request().body();
            exchange.send(answer);
          }
        }
        """
            .replace("GREETING", greeting);
  }

  private static VirtualMachine attach(String port) throws Exception {
    var connector =
        Bootstrap.virtualMachineManager().attachingConnectors().stream()
            .filter(found -> found.name().equals("com.sun.jdi.SocketAttach"))
            .map(AttachingConnector.class::cast)
            .findFirst()
            .orElseThrow();
    var arguments = connector.defaultArguments();
    Objects.requireNonNull(arguments.get("hostname")).setValue("127.0.0.1");
    Objects.requireNonNull(arguments.get("port")).setValue(port);
    return connector.attach(arguments);
  }

  /** The answer to a message that stopped at a breakpoint, and the class with the breakpoint. */
  private record Hit(String answer, ReferenceType type) {}

  /** A breakpoint in each class of the name, those that are loaded later included. */
  private final class LineBreakpoint {
    private final BlockingQueue<BreakpointEvent> hits = new LinkedBlockingQueue<>();
    private volatile int line;

    LineBreakpoint(int line) {
      this.line = line;
      var prepare = debugged.eventRequestManager().createClassPrepareRequest();
      prepare.addClassFilter(NAME);
      prepare.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
      prepare.enable();
      debugged.classesByName(NAME).forEach(this::set);
      Thread.ofPlatform().daemon().start(this::takeEvents);
    }

    /** Changes the line; the classes that are loaded already lose their breakpoints. */
    void move(int to) {
      line = to;
      var manager = debugged.eventRequestManager();
      manager.deleteEventRequests(List.copyOf(manager.breakpointRequests()));
    }

    private void set(ReferenceType loaded) {
      try {
        var request =
            debugged
                .eventRequestManager()
                .createBreakpointRequest(loaded.locationsOfLine(line).getFirst());
        request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
        request.enable();
      } catch (AbsentInformationException e) {
        throw new AssertionError(e);
      }
    }

    /** Takes events until the debugged JVM ends; a thread at a breakpoint stays suspended. */
    private void takeEvents() {
      try {
        while (true) {
          var events = debugged.eventQueue().remove();
          for (var event : events) {
            switch (event) {
              case ClassPrepareEvent prepared -> set(prepared.referenceType());
              case BreakpointEvent hit -> hits.add(hit);
              default -> {}
            }
          }
          if (events.stream().noneMatch(BreakpointEvent.class::isInstance)) {
            events.resume();
          }
        }
      } catch (InterruptedException | VMDisconnectedException _) {
        // the test is over
      }
    }

    /** Sends a message, which has to stop at the breakpoint. */
    Hit hit(String body) throws Exception {
      try (var client = LhttpClient.builder(server).reconnect(false).connect()) {
        var answer = client.request(Message.of("echo", body));
        var hit = hits.poll(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (hit == null) {
          throw new AssertionError("the breakpoint was not hit");
        }
        assertThat(answer).isNotDone();
        assertThat(hit.location().lineNumber()).isEqualTo(line);
        var type = hit.location().declaringType();
        var frame = hit.thread().frame(0);
        var shown =
            ((StringReference) frame.getValue(frame.visibleVariableByName("answer"))).value();
        hit.thread().resume();
        assertThat(answer.get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS).body())
            .isEqualTo(shown);
        return new Hit(shown, type);
      }
    }
  }
}
