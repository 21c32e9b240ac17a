import { clock, connect, equal, test } from "lhttp:test";

/** @param {ReturnType<typeof connect>} client */
const count = (client) => JSON.parse(client.send("count").reply);

test("one's own and everybody's are counted", () => {
  const [jack, mike] = [connect("jack"), connect("mike")];

  equal(count(jack), { mine: 1, all: 1, lately: 1, record: 1 });
  equal(count(jack), { mine: 2, all: 2, lately: 2, record: 2 });
  equal(count(mike), { mine: 1, all: 3, lately: 3, record: 2 });
});

test("a connection that has left is forgotten, what it has counted is not", () => {
  const jack = connect("jack");
  count(jack);
  jack.close();

  equal(count(connect("jack")), { mine: 1, all: 2, lately: 2, record: 1 });
});

test("what was long ago is not lately", () => {
  const jack = connect("jack");
  count(jack);

  clock.advance(61_000);

  equal(count(jack), { mine: 2, all: 2, lately: 1, record: 2 });
});

test("who listens to the counter sees it move", () => {
  const mike = connect("mike");
  mike.send({ command: "listen", headers: { subscribe: "counter" } });

  count(connect("jack"));

  equal(mike.received.at(-1)?.body, "1");
});
