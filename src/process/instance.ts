import { hostname } from 'node:os'

/** The name of this machine. */
export const host: string = hostName()

/** This process in records: `host:pid`. */
export const instance: string = `${host}:${process.pid}`

/** Some sandboxes refuse the name of the machine. Nothing else needs it. */
function hostName(): string {
  try {
    return hostname()
  } catch {
    return 'unknown'
  }
}
