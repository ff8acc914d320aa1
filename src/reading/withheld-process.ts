import { type ReadAccess, seesAll } from '../records/read-access.js'

/**
 * A record, or the fields of its line, without the figures of the whole process, unless the reader sees everything: they would tell a
 * reader of one account how much others do at that time.
 */
export function withoutProcess<Of extends { readonly process?: unknown }>(access: ReadAccess, of: Of): Of {
  if (of.process === undefined || seesAll(access)) return of
  const { process, ...rest } = of
  return rest as Of
}
