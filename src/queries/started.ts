import { isPromise } from '../process/promises.js'

/**
 * Starts a lazy query. Query builders (drizzle, knex, mongoose, postgres.js, Prisma) send a query only when `then` is called: an
 * `await` outside a scope would send it outside. Promises and other values come back as they are.
 */
export function started<T>(result: T): T {
  if (result instanceof Promise || !isPromise(result)) return result
  return new Promise((resolve, reject) => result.then(resolve, reject)) as T
}
