import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { pack, packCommonJs } from "../pack.js";

const source = (name) => new URL(`../src/${name}`, import.meta.url);

test("packedFile_matchesSources", async () => {
  const packed = await readFile(new URL("../lhttp.js", import.meta.url), "utf8");
  assert.ok(packed === (await pack()), "lhttp.js is not what src/ packs to: run `npm run pack`");
});

test("packedFile_hasEveryModuleAndNoImport", async () => {
  const packed = await pack();
  for (const name of await readdir(source(""))) {
    if (name !== "lhttp.js") assert.ok(packed.includes(`// ---- ${name}\n`), `${name} is imported by no module`);
  }
  assert.doesNotMatch(packed, /^import\b|\bimport\(|\brequire\(/m);
});

test("modules_haveAtMost300Lines", async () => {
  for (const name of await readdir(source(""))) {
    const lines = (await readFile(source(name), "utf8")).split("\n").length - 1;
    assert.ok(lines <= 300, `${name} has ${lines} lines`);
  }
});

test("modules_exportSameAsPackedFile", async () => {
  const [packed, sources] = await Promise.all([import("../lhttp.js"), import("../src/lhttp.js")]);
  assert.deepEqual(Object.keys(packed), Object.keys(sources));
});

test("commonJs_exportsSame", async () => {
  const module = { exports: {} };
  new Function("module", await packCommonJs())(module);
  assert.deepEqual(Object.keys(module.exports).sort(), Object.keys(await import("../lhttp.js")).sort());
  assert.equal(module.exports.encode({ command: "ping" }), "LHTTP/1.0 ping\r\n\r\n");
});

test("license_matchesProject", async () => {
  const read = (name) => readFile(new URL(name, import.meta.url), "utf8");
  assert.ok((await read("../LICENSE")) === (await read("../../../LICENSE")));
});
