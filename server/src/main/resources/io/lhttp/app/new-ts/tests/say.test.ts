import { connect, equal, test } from "lhttp:test";

test("what is said is counted", () => {
  const jack = connect("jack");
  const mike = connect("mike");

  equal(jack.send("say", "hello").reply, "you said hello, which makes 1");
  equal(mike.send("say", "hi").reply, "you said hi, which makes 2");
});

test("shouting is refused, and not counted", () => {
  const jack = connect("jack");

  equal(jack.send("say", "HELLO").refused, { status: 422, reason: "no shouting" });
  equal(jack.send("say", "OK").reply, "you said OK, which makes 1");
});
