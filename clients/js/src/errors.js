/** Thrown for a malformed message. `status` is the status with which a server answers such a message. */
export class ProtocolError extends Error {
  name = "ProtocolError";

  constructor(status, reason) {
    super(`${status} ${reason}`);
    this.status = status;
  }
}

/** Thrown if the server has refused a message. */
export class RefusedError extends Error {
  name = "RefusedError";

  constructor(what, { status, error, retryAfter, reply }) {
    super(`${what} was refused: ${status} ${error}`.trimEnd());
    Object.assign(this, { status, error, retryAfter, reply });
  }
}

/** Thrown if the connection was lost, or is closed for good. */
export class DisconnectedError extends Error {
  name = "DisconnectedError";

  constructor(code, reason) {
    super(`the connection is closed: ${code} ${reason}`.trimEnd());
    Object.assign(this, { code, reason });
  }
}

/** Thrown if no reply came in time. */
export class TimeoutError extends Error {
  name = "TimeoutError";
}

/** Thrown if a limit of a queue is reached. */
export class QueueFullError extends Error {
  name = "QueueFullError";
}
