// Uses features whose first use in a process takes long. Each step runs on its own, because an engine may lack a
// feature.
const TEXT = "Zo\u00eb stra\u00dfe \u0130stanbul \ud83d\ude00 caf\u00e9 42";

export const steps = [
  () => ["b", "\u00e4", "A", "10", "9"].sort((a, b) => a.localeCompare(b)),
  () => ["b", "\u00e4"].sort((a, b) => a.localeCompare(b, "de", { numeric: true, sensitivity: "base" })),
  () => new Intl.Collator("sv").compare("\u00e4", "z"),
  () => (1234567.891).toLocaleString(),
  () => (1234567.891).toLocaleString("de-DE", { style: "currency", currency: "EUR" }),
  () => new Intl.NumberFormat("en", { notation: "compact", style: "unit", unit: "byte" }).formatToParts(12345),
  () => 12345678901234567890n.toLocaleString("en"),
  () => new Date(0).toLocaleString(),
  () => new Date(0).toLocaleDateString("de-DE", { weekday: "long", month: "long", timeZone: "Europe/Berlin" }),
  () => new Date(0).toLocaleTimeString("en-US", { timeZoneName: "short" }),
  () => new Date(2024, 1, 29, 12).toString() + new Date("2024-02-29T12:00:00+01:00").toUTCString(),
  () => Date.parse("29 Feb 2024 12:00:00 GMT") + Date.parse("Feb 29, 2024"),
  () => new Intl.DateTimeFormat("fr", { dateStyle: "full", timeStyle: "long", timeZone: "UTC" }).formatToParts(0),
  () => new Intl.DateTimeFormat().resolvedOptions().timeZone,
  () => new Intl.PluralRules("ar").select(3),
  () => new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-1, "day"),
  () => new Intl.ListFormat("en").format(["a", "b", "c"]),
  () => [...new Intl.Segmenter("en", { granularity: "word" }).segment(TEXT)].length,
  () => new Intl.DisplayNames("en", { type: "region" }).of("DE"),
  () => new Intl.Locale("de-Latn-DE-u-ca-buddhist").maximize().toString(),
  () => Intl.getCanonicalLocales("EN-us") + Intl.supportedValuesOf("currency").length,
  () => ["NFC", "NFD", "NFKC", "NFKD"].map((form) => TEXT.normalize(form)),
  () => TEXT.toLocaleUpperCase("tr") + TEXT.toLocaleLowerCase("tr") + TEXT.toUpperCase(),
  () => TEXT.match(/\p{L}+/gu) + TEXT.replace(/[^\p{Script=Latin}\p{N}]/gu, "_"),
  () => TEXT.match(/\b[\p{Emoji}--\d]/v),
  () => /(?<word>\w+)\s(?=\S)(?<!x)\k<word>?/is.exec(TEXT),
  () => TEXT.split(/[\s,]+/).join("-").replaceAll("a", "b").search(/caf\u00e9/i),
  () => /^([a-z0-9._%+-]+)@([a-z0-9.-]+\.[a-z]{2,})$/i.test("a.b@example.org ".repeat(1300)),
  () => JSON.parse(JSON.stringify({ a: [1, 2.5, "x", null, true], b: { c: new Date(0) } }), (k, v) => v),
  () => structuredClone(new Map([[1, new Set([2])]])).get(1).size,
  () => (2n ** 200n).toString(36) + BigInt.asUintN(64, -1n) + (0.1).toFixed(20) + (1e21).toString(7),
  () => [3, 1, 2].toSorted().concat([..."abc"].entries().map(([i]) => i).toArray()).flat().at(-1),
  () => new Float64Array([1, 2]).map((x) => x * 2).buffer.slice(0, 8).byteLength,
  () => new Proxy({}, { get: () => 1 }).x + Reflect.ownKeys({ a: 1 }).length,
  () => new WeakMap([[{}, 1]]).has({}) + [...(function* () { yield* [1, 2]; })()].length,
  () => new URL("https://user@example.org:8080/a/../b?c=d#e").href + new URLSearchParams("a=b&c=d"),
  () => new TextDecoder().decode(new TextEncoder().encode(TEXT)) + atob(btoa("text")),
  () => crypto.randomUUID() + Math.random() + encodeURIComponent(TEXT) + escape("a b"),
  () => {
    try {
      throw new Error("with a stack", { cause: new TypeError("none") });
    } catch (error) {
      return error.stack;
    }
  },
];

let next = 0;

// Each call runs one step. After the last step, a call refuses the message.
export function onMessage(ctx) {
  if (next === steps.length) {
    Promise.allSettled([(async () => { await null; })(), Promise.reject(new Error("no"))]);
    ctx.refuse(404, "no more");
    return;
  }
  try {
    steps[next++]();
  } catch {
    // the next call runs the next step, whatever this step threw
  }
}
