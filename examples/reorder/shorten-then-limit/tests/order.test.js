import { connect, equal, test } from "lhttp:test";

test("what is short is said", () => {
  equal(connect("jack").send("say", "soup").reply, "you said soup");
});

test("what is long is shortened before it can be refused", () => {
  const sent = connect("jack").send("say", "there is soup in the kitchen");

  equal(sent.reply, "you said there is soup in th…");
});
