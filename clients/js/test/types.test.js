import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as client from "../lhttp.js";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const types = await readFile(path("../lhttp.d.ts"), "utf8");

test("types_declareExportsOfModule", () => {
  const declared = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(declared.sort(), Object.keys(client).sort());
});

test("types_haveEveryOptionAndMember", () => {
  const names = (declaration, pattern) => {
    const [, body] = new RegExp(`export interface ${declaration} \\{\n(.*?)\n\\}`, "s").exec(types);
    return [...body.matchAll(pattern)].map(([, name]) => name).sort();
  };
  const unknown = /expected one of (.*)$/;
  const { message } = catchError(() => client.connect("ws://server/", { unknown: 1 }));
  assert.deepEqual(names("Options", /^ {2}(\w+)\?:/gm), unknown.exec(message)[1].split(", ").sort());

  const connection = client.connect("ws://server/", { WebSocket: class { close() {} } });
  const members = Object.getOwnPropertyNames(Object.getPrototypeOf(connection)).filter((n) => n !== "constructor");
  assert.deepEqual(names("Connection", /^ {2}(?:readonly )?(\w+)[(:<]/gm), members.sort());
  const { message: events } = catchError(() => connection.on("unknown"));
  assert.deepEqual(names("Events", /^ {2}(\w+):/gm), unknown.exec(events)[1].split(", ").sort());
  connection.close();
});

test("types_usageAndReadme_areAcceptedByTypeScript", async (t) => {
  const compiler = path("../node_modules/.bin/tsc");
  if (!existsSync(compiler)) return t.skip("missing program: tsc, which npm install brings");
  const folder = await mkdtemp(join(tmpdir(), "lhttp-types-"));
  try {
    const readme = await readFile(path("../README.md"), "utf8");
    const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
    const snippets = blocks.filter((code) => !code.includes("require("));
    assert.ok(snippets.length >= 2, `${snippets.length} snippets`);
    const files = [path("../lhttp.d.ts"), path("usage.ts")];
    for (const [i, code] of snippets.entries()) {
      files.push(join(folder, `snippet-${i + 1}.mjs`));
      await writeFile(files.at(-1), code);
    }
    const compilerOptions = {
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      target: "es2023",
      module: "preserve",
      lib: ["es2023", "dom", "dom.iterable"],
      types: [],
      typeRoots: [],
      paths: { "lhttp-client": [path("../lhttp.d.ts")] },
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    await promisify(execFile)(compiler, ["--project", folder]).catch(({ stdout }) => assert.fail(stdout));
  } finally {
    await rm(folder, { recursive: true });
  }
});

function catchError(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}
