// Packs the modules in src/ into lhttp.js, one file without dependencies: `npm run pack`. Each module comes after those
// that it imports. A name may be declared at the top of one module only. `npm pack` adds lhttp.cjs with its types, the
// same file for CommonJS, which is not committed.
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const IMPORT = /^import \{[^}]*\} from "\.\/([\w-]+\.js)";\n/gm;
const REEXPORT = /^export \{([^}]*)\} from "\.\/([\w-]+\.js)";\n/gm;
const DECLARATION = /^(?:export )?(?:async )?(?:function|class|const|let) (\w+)/gm;
const ENTRY = "lhttp.js";

const HEAD = `// LHTTP/1.0 over WebSocket, for browsers and Node. lhttp.d.ts holds the contract of each export.
// Packed from src/ by pack.js: change the modules there, then run \`npm run pack\`.
`;

/** Returns the text of lhttp.js. */
export async function pack() {
  const modules = new Map(); // from a module's name to its text, dependencies first
  const entry = await read(ENTRY);
  const exported = [...entry.matchAll(REEXPORT)].flatMap(([, names]) => names.split(",").map((name) => name.trim()));
  for (const [, , name] of entry.matchAll(REEXPORT)) await add(name, modules, [ENTRY]);
  requireUniqueNames(modules);
  const parts = [...modules].map(([name, text]) => `\n// ---- ${name}\n\n${withoutModuleSyntax(name, text)}`);
  return `${HEAD}${parts.join("")}\nexport { ${exported.sort().join(", ")} };\n`;
}

/** Returns the text of lhttp.cjs. */
export async function packCommonJs() {
  return (await pack()).replace(/^export (\{[^}]*\});\n$/m, "module.exports = $1;\n");
}

async function add(name, modules, importers) {
  if (modules.has(name)) return;
  if (importers.includes(name)) throw new Error(`${[...importers, name].join(" imports ")}: expected no cycle`);
  const text = await read(name);
  for (const [, imported] of text.matchAll(IMPORT)) await add(imported, modules, [...importers, name]);
  modules.set(name, text);
}

function withoutModuleSyntax(name, text) {
  const body = text.replace(IMPORT, "").replace(/^export (?=async |function |class |const )/gm, "").trimStart();
  const left = /^(?:import|export)\b.*/m.exec(body);
  if (left) throw new Error(`${name}: expected imports and exports of one form, got ${left[0]}`);
  return body;
}

function requireUniqueNames(modules) {
  const owners = new Map();
  for (const [module, text] of modules) {
    for (const [, name] of text.matchAll(DECLARATION)) {
      if (owners.has(name)) throw new Error(`${name} is declared in ${owners.get(name)} and ${module}: expected one`);
      owners.set(name, module);
    }
  }
}

const file = (name) => new URL(name, import.meta.url);
const read = (name) => readFile(file(`src/${name}`), "utf8");

if (process.argv[1] && basename(process.argv[1]) === basename(fileURLToPath(import.meta.url))) {
  await writeFile(file("lhttp.js"), await pack());
  if (process.argv[2] === "commonjs") {
    await writeFile(file("lhttp.cjs"), await packCommonJs());
    await copyFile(file("lhttp.d.ts"), file("lhttp.d.cts"));
  }
}
