import { shown } from "./text.js";

/** The members of one channel, built from the server's presence messages: first a list, then changes. */
export class PresenceList {
  #members = new Map();

  /**
   * Applies a presence message. Returns the detail for the application's callback; throws if the message is malformed.
   */
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

/** Identifies a member: a user with all its connections, or one connection without a user. */
function key({ user, connection }) {
  return user === undefined ? `c${connection}` : `u${user}`;
}
