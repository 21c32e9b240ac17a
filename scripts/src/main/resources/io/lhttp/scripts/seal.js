// What is done to many things once per context: too long values are refused, and all that a script
// finds is frozen, so that no script, and no client's JSON that a script merges carelessly, changes a
// prototype. Read anew for each context, and what stands in a loop is not a function of ours: the
// engine's compiler has better things to do than code that runs once.
(function (sized, overridable, faces) {
  "use strict";

  for (const name of ["eval", "Function", "SharedArrayBuffer", "Atomics", "WebAssembly"]) {
    delete globalThis[name];
  }

  for (const name of ["ArrayBuffer", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array",
    "Uint16Array", "Int32Array", "Uint32Array", "Float16Array", "Float32Array", "Float64Array",
    "BigInt64Array", "BigUint64Array"]) {
    const original = globalThis[name];
    if (original === undefined) continue;
    const value = sized(original, original.BYTES_PER_ELEMENT ?? 1);
    Object.defineProperty(original.prototype, "constructor", { value });
    Object.defineProperty(globalThis, name, { value });
  }

  for (const { prototype } of [Object, Error, EvalError, RangeError, ReferenceError, SyntaxError,
    TypeError, URIError, AggregateError]) {
    for (const key of ["constructor", "toString", "valueOf", "toLocaleString", "hasOwnProperty",
      "name", "message"]) {
      const d = Object.getOwnPropertyDescriptor(prototype, key);
      if (d !== undefined && "value" in d && d.configurable) {
        Object.freeze(d.value); // it is not found below
        Object.defineProperty(prototype, key, overridable(prototype, key, d.value, d.enumerable));
      }
    }
  }

  const found = new Set();
  for (const face of faces) found.add(face.prototype);
  for (const key of Reflect.ownKeys(globalThis)) {
    found.add(Object.getOwnPropertyDescriptor(globalThis, key).value);
  }
  for (const hidden of [async () => {}, function* () {}, async function* () {}, [].values(),
    new Map().keys(), new Set().values(), "".matchAll(/x/g), ""[Symbol.iterator](),
    Iterator.from({ next() {} }), [].values().map((x) => x)]) {
    found.add(Object.getPrototypeOf(hidden));
  }
  for (const value of found) { // and what is found on the way
    if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
    if (value === globalThis) continue;
    const keys = Reflect.ownKeys(value);
    // Most are functions that have a length and a name, which lead nowhere.
    if (typeof value !== "function" || keys.length !== 2) {
      for (const key of keys) {
        const d = Object.getOwnPropertyDescriptor(value, key);
        found.add(d.value).add(d.get).add(d.set);
      }
    }
    found.add(Object.getPrototypeOf(value));
    if (!ArrayBuffer.isView(value)) Object.freeze(value);
  }

  for (const key of Reflect.ownKeys(globalThis)) {
    const d = Object.getOwnPropertyDescriptor(globalThis, key);
    if (d.configurable && "value" in d) {
      Object.defineProperty(globalThis, key, { writable: false, configurable: false });
    }
  }
})
