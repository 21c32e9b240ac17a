// What is done to many things once per context: too long values are refused, and all that a script
// finds is frozen once it is loaded, so that no client's JSON that a script merges carelessly changes
// a prototype. Read anew for each context, and what stands in a loop is not a function of ours: the
// engine's compiler has better things to do than code that runs once.
//
// A library may still patch what it likes while it is loaded, as polyfills do: a context has one
// script, which patches its own. What is frozen is looked up before, so that nothing of the script's
// own is frozen, and nothing of its own is called; from there on what a script may have patched is
// not used.
(function (sized, overridable, faces) {
  "use strict";

  // eval and Function stay, as libraries name them: the engine lets nobody call them.
  for (const name of ["SharedArrayBuffer", "Atomics", "WebAssembly"]) {
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

  const { defineProperties, freeze, getOwnPropertyDescriptor, getPrototypeOf, isFrozen } = Object;
  const { ownKeys } = Reflect;
  const create = Object.create;
  const sealed = Object.seal;
  const isView = ArrayBuffer.isView;
  const arrays = Array.prototype;
  const globals = ownKeys(globalThis);

  const found = new Set();
  for (const key of globals) {
    found.add(getOwnPropertyDescriptor(globalThis, key).value);
  }
  for (const hidden of [async () => {}, function* () {}, async function* () {}, [].values(),
    new Map().keys(), new Set().values(), "".matchAll(/x/g), ""[Symbol.iterator](),
    Iterator.from({ next() {} }), [].values().map((x) => x)]) {
    found.add(getPrototypeOf(hidden));
  }
  found.delete(globalThis);
  for (const face of faces) {
    // The methods of ctx stay as they are: they are called for every message, and a call by way of
    // a getter takes longer.
    freeze(face.prototype);
    for (const key of ownKeys(face.prototype)) {
      const d = getOwnPropertyDescriptor(face.prototype, key);
      found.add(d.value).add(d.get).add(d.set);
    }
  }
  const leaves = [];
  const owners = [];
  for (const value of found) { // the loop also visits values that it adds
    if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
    found.add(getPrototypeOf(value));
    const keys = ownKeys(value);
    // Most are functions that have a length and a name, which lead nowhere.
    if (typeof value === "function" && keys.length === 2) {
      leaves.push(value);
      continue;
    }
    if (isFrozen(value)) continue;
    for (const key of keys) {
      const d = getOwnPropertyDescriptor(value, key);
      found.add(d.value).add(d.get).add(d.set);
    }
    owners.push(value);
  }

  // Called once, when the script is loaded.
  return () => {
    for (let i = 0; i < leaves.length; i++) freeze(leaves[i]);
    for (let i = 0; i < owners.length; i++) {
      const owner = owners[i];
      const keys = ownKeys(owner);
      const changed = create(null);
      for (let k = 0; k < keys.length; k++) {
        const key = keys[k];
        const d = getOwnPropertyDescriptor(owner, key);
        if (d.writable && d.configurable) changed[key] = overridable(key, d.value, d.enumerable);
      }
      defineProperties(owner, changed);
      // An array's length is no accessor, and heirs of Array.prototype set theirs.
      if (owner === arrays) sealed(owner);
      else if (!isView(owner)) freeze(owner);
    }
    for (let i = 0; i < globals.length; i++) {
      const d = getOwnPropertyDescriptor(globalThis, globals[i]);
      if (d !== undefined && d.configurable && "value" in d) {
        const fixed = create(null);
        fixed[globals[i]] = { writable: false, configurable: false };
        defineProperties(globalThis, fixed);
      }
    }
  };
})
