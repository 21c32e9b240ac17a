import { connect, equal, test } from "lhttp:test";

test("what is short is said", () => {
  equal(connect("jack").send("say", "soup").reply, "you said soup");
});

test("what is long is refused before it can be shortened", () => {
  const sent = connect("jack").send("say", "there is soup in the kitchen");

  equal(sent.refused, { status: 413, reason: "20 characters are enough" });
});
