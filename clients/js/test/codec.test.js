import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { decode, encode, HeaderList, partsOf, ProtocolError } from "../lhttp.js";

const file = new URL("../../../framework/message/src/test/resources/vectors/messages.json", import.meta.url);
const vectors = JSON.parse(await readFile(file, "utf8"));
const utf8 = new TextEncoder();

const refusal = (status) => (error) => error instanceof ProtocolError && error.status === status;

test("vectors_exist", () => {
  assert.ok(vectors.length > 30, `${vectors.length} vectors`);
});

for (const { name, wire, status, command, headers, body } of vectors) {
  test(`vector_${name}`, () => {
    if (status) {
      assert.throws(() => decode(wire), refusal(status));
      assert.throws(() => decode(utf8.encode(wire)), refusal(status));
      return;
    }
    const text = decode(wire);
    assert.deepEqual([text.command, [...text.headers], text.body], [command, headers, body]);
    const binary = decode(utf8.encode(wire));
    assert.deepEqual([binary.command, [...binary.headers], binary.body], [command, headers, utf8.encode(body)]);
    assert.deepEqual(decode(encode(text)), text);
    assert.deepEqual(decode(encode(binary)), binary);
  });
}

describe("encode", () => {
  test("textBody_givesAString_bytesGiveBytes", () => {
    assert.equal(encode({ command: "ping" }), "LHTTP/1.0 ping\r\n\r\n");
    const text = encode({ command: "chat", headers: { from: "李雷" }, body: "☕" });
    assert.equal(text, "LHTTP/1.0 chat\r\nfrom:李雷\r\n\r\n☕");
    const bytes = encode({ command: "raw", headers: { a: 1 }, body: Uint8Array.of(0, 255, 13, 10) });
    assert.deepEqual(bytes, Uint8Array.of(...utf8.encode("LHTTP/1.0 raw\r\na:1\r\n\r\n"), 0, 255, 13, 10));
    assert.deepEqual(encode({ command: "raw", body: new ArrayBuffer(1) }).at(-1), 0);
  });

  const long = ["c".repeat(129), "聊".repeat(43)];
  for (const command of ["", "a b", "a\r\nb:c", "a\n", "a\0", "a\u007f", "\ud83c", undefined, 7, ...long]) {
    test(`command ${JSON.stringify(command)?.slice(0, 20)}_isRefused`, () => {
      assert.throws(() => encode({ command }), refusal(400));
    });
  }

  for (const name of ["", "a b", "a:b", "a\r\nb", "a\n", "ä", " a", "n".repeat(129)]) {
    test(`headerName ${JSON.stringify(name).slice(0, 20)}_isRefused`, () => {
      assert.throws(() => encode({ command: "c", headers: [[name, "v"]] }), refusal(400));
    });
  }

  for (const value of ["a\r\nb:c", "a\nb", "a\rb", "\r\n", "a\0", "\u001b[31m", "\u007f", "\udf89"]) {
    test(`headerValue ${JSON.stringify(value)}_isRefused`, () => {
      assert.throws(() => encode({ command: "c", headers: { from: value } }), refusal(400));
    });
  }

  test("error_namesHeaderAndValue_shortened", () => {
    const from = `x\n${"y".repeat(100)}`;
    assert.throws(() => encode({ command: "c", headers: { from } }), /header from: .*, got "x\\ny{50,60}…/);
  });

  test("messageInvalidForServers_isRefused", () => {
    const many = Array.from({ length: 65 }, (_, i) => [`k${i}`, "v"]);
    assert.throws(() => encode({ command: "c", headers: many }), refusal(431));
    assert.throws(() => encode({ command: "c", headers: { k: "v".repeat(8191) } }), refusal(431));
    assert.throws(() => encode({ command: "c", headers: [["id", 1], ["ID", 2]] }), refusal(400));
    assert.doesNotThrow(() => decode(encode({ command: "c", headers: { k: "v".repeat(8190) } })));
  });

  test("valuesAndBodiesOfOtherTypes_areRefused", () => {
    assert.throws(() => encode({ command: "c", headers: { from: undefined } }), /TypeError: header from: .* undefined/);
    assert.throws(() => encode({ command: "c", headers: "a:b" }), /TypeError: headers: .* "a:b"/);
    assert.throws(() => encode({ command: "c", body: { a: 1 } }), /TypeError: body: expected a string/);
  });
});

describe("decode", () => {
  test("binaryBody_isViewOfFrame", () => {
    const frame = Uint8Array.of(...utf8.encode("LHTTP/1.0 raw\r\n\r\n"), 13, 10, 13, 10, 0xff);
    const { body } = decode(frame.buffer);
    assert.deepEqual(body, Uint8Array.of(13, 10, 13, 10, 0xff));
    assert.equal(body.buffer, frame.buffer);
  });

  test("binaryHead_notUtf8_isRefused", () => {
    assert.throws(() => decode(Uint8Array.of(...utf8.encode("LHTTP/1.0 "), 0xff, 13, 10, 13, 10)), refusal(400));
  });

  test("byteOrderMark_isKept", () => {
    assert.equal(decode("LHTTP/1.0 c\r\nk:\ufeffv\r\n\r\n").headers.get("k"), "\ufeffv");
    assert.equal(decode(utf8.encode("LHTTP/1.0 c\r\nk:\ufeffv\r\n\r\n")).headers.get("k"), "\ufeffv");
    assert.throws(() => decode(utf8.encode("\ufeffLHTTP/1.0 c\r\n\r\n")), refusal(400));
  });

  test("mutatedVectors_throwOnlyProtocolErrors_orRoundTrip", () => {
    let seed = 1;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    const snippets = ["\r\n", "\r", "\n", ":", " ", "\t", "\0", "LHTTP/1.0 ", "id:1\r\n", "é", "\r\n\r\n"];
    let read = 0;
    for (let i = 0; i < 20_000; i++) {
      const { wire } = vectors[random(vectors.length)];
      const at = random(Math.min(wire.length, 80) + 1);
      const mutated = wire.slice(0, at) + snippets[random(snippets.length)] + wire.slice(at + random(3));
      try {
        const message = decode(mutated);
        assert.deepEqual(decode(encode(message)), message);
        read++;
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `${JSON.stringify(mutated)}: ${error}`);
      }
    }
    assert.ok(read > 1_000, `${read} were messages`);
  });
});

describe("HeaderList", () => {
  const list = new HeaderList([["Publish", "a  b"], ["n", 1], ["publish", " c "], ["yes", true]]);

  test("names_compareWithoutCase_inOrder", () => {
    assert.equal(list.get("PUBLISH"), "a  b");
    assert.deepEqual(list.getAll("publish"), ["a  b", "c"]);
    assert.deepEqual(list.words("publish"), ["a", "b", "c"]);
    assert.deepEqual([list.has("N"), list.has("x"), list.get("x")], [true, false, undefined]);
  });

  test("pairsObjectOrList_makeAList", () => {
    assert.deepEqual([...new HeaderList({ a: 1, b: "2" })], [["a", "1"], ["b", "2"]]);
    assert.deepEqual([...new HeaderList(list)], [...list]);
    assert.deepEqual([...new HeaderList(new Map([["a", "b"]]))], [["a", "b"]]);
    assert.deepEqual([...list.without("PUBLISH", "yes")], [["n", "1"]]);
    assert.deepEqual([...new HeaderList()], []);
  });

  test("list_isImmutable", () => {
    assert.throws(() => list.lines.push(["a", "b"]), TypeError);
    assert.throws(() => (list.lines[0][1] = "x"), TypeError);
  });
});

describe("parts", () => {
  const message = (parts) => decode(encode({ command: "upload", headers: { from: "Mia" }, parts }));
  const read = (parts) => partsOf(message(parts)).map(({ headers, body }) => [headers.lines, body]);

  test("partsOfText_comeBackAsText", () => {
    const parts = [{ headers: { name: "李雷" }, body: "☕\r\n\r\nmore" }, {}, { body: "🎉" }];
    const { headers, body } = message(parts);
    assert.equal(headers.get("multipart"), "0 26 28");
    assert.equal(typeof body, "string");
    assert.deepEqual(read(parts), [[[["name", "李雷"]], "☕\r\n\r\nmore"], [[], ""], [[], "🎉"]]);
  });

  test("oneFile_makesAllPartsBytes", () => {
    const parts = [{ headers: { name: "a.png" }, body: Uint8Array.of(0, 255, 13, 10) }, { body: "ü" }];
    assert.deepEqual(read(parts), [[[["name", "a.png"]], Uint8Array.of(0, 255, 13, 10)], [[], utf8.encode("ü")]]);
    const big = new Uint8Array(3_000_000).fill(7);
    assert.deepEqual(read([{ body: big.buffer }]), [[[], big]]);
  });

  test("messageWithoutParts_hasNone", () => {
    assert.deepEqual(partsOf(decode(encode({ command: "c", body: "text" }))), []);
  });

  for (const wrong of [{ parts: [] }, { parts: {} }, { parts: [{}], body: "b" }, { parts: [{ body: 7 }] }]) {
    test(`message ${JSON.stringify(wrong)}_isRefused`, () => {
      assert.throws(() => encode({ command: "c", ...wrong }), TypeError);
    });
  }

  test("headersOfParts_areChecked", () => {
    const headers = { multipart: 0 };
    assert.throws(() => encode({ command: "c", headers, parts: [{}] }), TypeError);
    assert.throws(() => encode({ command: "c", parts: [{ headers: { a: "b\r\nc" } }] }), refusal(400));
  });

  for (const [offsets, body] of [["", ""], ["x", "\r\n"], ["9", "\r\n"], ["2 0", "\r\n\r\n"], ["0", "a:b"], ["0", "a\r\n\r\n"]]) {
    test(`received ${JSON.stringify([offsets, body])}_isMalformed`, () => {
      assert.throws(() => partsOf({ headers: new HeaderList({ multipart: offsets }), body }), refusal(400));
    });
  }
});
