// Bounds the sizes of values, and freezes the built-ins once the script is loaded. So no client's JSON that a script
// merges carelessly changes a prototype. The engine evaluates this file for each context. Its loops call no functions
// of this file, so that the engine's compiler does not compile code that runs once. A library may patch built-ins while
// it is loaded, as polyfills do; that changes only its own context. This code finds the objects to freeze before the
// script is loaded, so that it freezes no objects of the script. Afterwards it uses only the functions that it has
// stored, because the script may have patched the others.
(function (sized, overridable, faces) {
  "use strict";

  // eval and Function stay, because libraries mention them. The engine refuses each call of them.
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
    // The prototypes of ctx and its objects are frozen without getters: their methods run for every message, and a call
    // through a getter takes longer.
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
    // Most values are functions whose only keys are length and name, which lead to no other object.
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

  // Freezes the built-ins. Called once, after the script was loaded.
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
      // The length of an array can't become an accessor, and objects that inherit from Array.prototype set their
      // length.
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
