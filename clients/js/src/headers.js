import { shown, trimmed } from "./text.js";

/** Header lines in their order. Immutable. */
export class HeaderList {
  constructor(headers = []) {
    if (Object(headers) !== headers) {
      throw new TypeError(`headers: expected an object, pairs or a HeaderList, got ${shown(headers)}`);
    }
    const pairs = Symbol.iterator in headers ? headers : Object.entries(headers);
    this.lines = Object.freeze(
      Array.from(pairs, ([name, value]) => {
        if (!["string", "number", "boolean"].includes(typeof value)) {
          throw new TypeError(`header ${name}: expected a string, number or boolean, got ${shown(value)}`);
        }
        return Object.freeze([String(name), trimmed(String(value))]);
      }),
    );
  }

  get(name) {
    return this.getAll(name)[0];
  }

  getAll(name) {
    return this.lines.filter(([other]) => sameName(other, name)).map(([, value]) => value);
  }

  has(name) {
    return this.lines.some(([other]) => sameName(other, name));
  }

  words(name) {
    return this.getAll(name).flatMap((value) => value.split(" ").filter(Boolean));
  }

  without(...names) {
    return new HeaderList(this.lines.filter(([name]) => !names.some((other) => sameName(name, other))));
  }

  [Symbol.iterator]() {
    return this.lines[Symbol.iterator]();
  }
}

function sameName(a, b) {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}
