import { connect, equal, http, match, test } from "lhttp:test";

const SERVICE = "http://127.0.0.1:9100/entries";

test("who signs gets a number, and those who look on see it", () => {
  http.answer(`POST ${SERVICE}`, { status: 201, body: { number: 7, name: "jack", text: "hi" } });
  const mike = connect("mike");
  mike.send({ command: "look", headers: { subscribe: "guestbook" } });

  equal(connect("jack").send("sign", " hi ").reply, "you are number 7");

  equal(mike.received.at(-1)?.json(), { number: 7, name: "jack", text: "hi" });
  const [request] = http.requests;
  equal(request.json(), { name: "jack", text: "hi" });
  equal(request.header("content-type"), "application/json");
});

test("the book is read in one message", () => {
  http.answer(`GET ${SERVICE}`, { body: [{ number: 1, name: "mike", text: "first" }] });

  const [book] = connect("jack").send("read").replies;

  equal(book.header("count"), "1");
  equal(book.json()[0].text, "first");
});

test("who says nothing, or a novel, does not trouble the service", () => {
  equal(connect("jack").send("sign", "  ").refused?.status, 422);
  equal(connect("jack").send("sign", "x".repeat(281)).refused?.status, 422);
  equal(http.requests, []);
});

test("a service that is broken, or away, is the server's trouble: come back later", () => {
  http.answer(`POST ${SERVICE}`, { status: 500 });
  equal(connect("jack").send("sign", "hi").refused?.status, 503);

  http.answer(`POST ${SERVICE}`, { error: "connection refused" });
  const sent = connect("jack").send("sign", "hi");

  match(sent.refused?.reason, /closed/);
  equal(sent.replies[0].header("retry-after"), "10");
  equal(sent.published, []);
});
