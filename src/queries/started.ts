import { isPromise } from '../process/promises.js'

/**
 * Starts a lazy query, and returns a promise of its result. Query builders (drizzle, knex, mongoose, postgres.js, Prisma) send a
 * query only when `then` is called, so an `await` outside a scope would send the query outside the scope. Promises and other
 * values are returned as they are.
 */
export function started<T>(result: T): T {
  if (result instanceof Promise || !isPromise(result)) return result
  return new Promise((resolve, reject) => result.then(resolve, reject)) as T
}
