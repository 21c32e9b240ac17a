import { shown } from "./text.js";

/** The members of one channel, as the server's presence messages tell: first a list, then changes. */
export class PresenceList {
  #members = new Map();

  /** Applies a message and returns what the application is told. Throws if the message can't be read. */
  apply({ headers, body }) {
    const { members, joined = [], left = [] } = body ? JSON.parse(body) : {};
    for (const member of [members ?? [], joined, left].flat()) requireMember(member);
    const count = headers.get("count");
    if (!/^\d{1,15}$/.test(count)) throw new TypeError(`presence: expected a number in the header count, got ${shown(count)}`);
    if (members) this.#members.clear();
    for (const member of left) this.#members.delete(key(member));
    for (const member of [...(members ?? []), ...joined]) this.#members.set(key(member), member);
    return {
      count: Number(count),
      complete: headers.get("complete") !== "false",
      members: [...this.#members.values()],
      joined,
      left,
    };
  }
}

function requireMember(member) {
  if (typeof member?.connection !== "string" || typeof member.since !== "number") {
    throw new TypeError(`presence: expected connection and since of a member, got ${shown(JSON.stringify(member))}`);
  }
}

/** A user is one member with all its connections; without a user each connection is one. */
function key({ user, connection }) {
  return user === undefined ? `c${connection}` : `u${user}`;
}
