import { connect, equal, test } from "lhttp:test";

/** @param {string} body */
const chat = (body) => ({ command: "chat", headers: { publish: "kitchen" }, body });

test("what is kind arrives as it was written", () => {
  const [jack, mike] = [connect("jack"), connect("mike")];
  mike.send({ command: "chat", headers: { subscribe: "kitchen" } });

  jack.send(chat("the soup is ready"));

  equal(mike.received.at(-1)?.body, "the soup is ready");
});

test("unkind words get stars, whole words only", () => {
  const jack = connect("jack");

  equal(jack.send(chat("Drat, the BLAST furnace!")).message.body, "****, the ***** furnace!");
  equal(jack.send(chat("hydrate, sandblaster")).message.body, "hydrate, sandblaster");
});

test("the same thing is not said twice in a row", () => {
  const jack = connect("jack");
  jack.send(chat("soup!"));

  const again = jack.send(chat("soup!"));

  equal(again.refused, { status: 429, reason: "you have just said that" });
  equal(again.published, []);
  equal(connect("mike").send(chat("soup!")).refused, null);
  equal(jack.send(chat("bread!")).refused, null);
  equal(jack.send(chat("soup!")).refused, null);
});

test("a novel is refused", () => {
  equal(connect("jack").send(chat("x".repeat(2001))).refused, { status: 413, reason: "2000 characters are enough" });
});

test("bytes do not slip past", () => {
  const bytes = { ...chat(""), body: new Uint8Array([0x64, 0x72, 0x61, 0x74]) };

  equal(connect("jack").send(bytes).refused?.status, 415);
});
