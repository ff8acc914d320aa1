import { hostname } from 'node:os'

/** The process in records: `host:pid`. */
export const instance: string = `${hostName()}:${process.pid}`

/** Some sandboxes refuse the name of the machine. Nothing else needs it. */
function hostName(): string {
  try {
    return hostname()
  } catch {
    return 'unknown'
  }
}
