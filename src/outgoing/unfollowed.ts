// What a warning says of work that Spoor could not follow.

/** An undici call whose request is unknown. */
export const lostCall: string =
  'undici sent a call from the queue of a dispatcher that limits its connections: its request is unknown, so the call ' +
  'carries no id and no request is charged for it; limit the calls before the dispatcher instead (docs/outgoing.md)'

/** A call that could not be followed. */
export const unfollowedCall: string =
  'a call to another service was sent but could not be followed: its request was not made by undici or node:http'

/** A GraphQL operation that could not be read. */
export const unfollowedOperation: string =
  'a GraphQL operation was executed, but is not in the route of its request: it could not be read'
