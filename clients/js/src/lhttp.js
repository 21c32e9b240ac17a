export { connect } from "./connection.js";
export { decode, encode, partsOf } from "./codec.js";
export { DisconnectedError, ProtocolError, QueueFullError, RefusedError, TimeoutError } from "./errors.js";
export { HeaderList } from "./headers.js";
export { publishOverHttp } from "./publish.js";
