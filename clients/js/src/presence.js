/** The members of one channel, as the server's presence messages tell: first a list, then changes. */
export class PresenceList {
  #members = new Map();

  /** Applies a message and returns what the application is told. */
  apply({ headers, body }) {
    const { members, joined = [], left = [] } = body ? JSON.parse(body) : {};
    if (members) this.#members.clear();
    for (const member of left) this.#members.delete(key(member));
    for (const member of [...(members ?? []), ...joined]) this.#members.set(key(member), member);
    return {
      count: Number(headers.get("count")),
      complete: headers.get("complete") !== "false",
      members: [...this.#members.values()],
      joined,
      left,
    };
  }
}

/** A user is one member with all its connections; without a user each connection is one. */
function key({ user, connection }) {
  return user === undefined ? `c${connection}` : `u${user}`;
}
