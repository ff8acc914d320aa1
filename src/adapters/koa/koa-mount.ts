import type { Context } from 'koa'
import { ownMembers } from '../../safe-values/own-member.js'
import { versionOfReader } from '../package-version.js'

/** True if a router of @koa/router is mounted before `middleware`, in the same application. */
export function routerBefore(ctx: Context, middleware: unknown): boolean {
  const all = ctx.app.middleware as readonly unknown[]
  const before = all.slice(0, Math.max(all.indexOf(middleware), 0))
  return before.some((one) => (one as { router?: unknown }).router !== undefined)
}

/**
 * Reports Koa 2 when `middleware` is mounted: Koa reads the name of a middleware then, and the file that reads the name
 * shows the version. In a bundle the file is unknown, and nothing is reported.
 */
export function namedInKoa2<T extends (...args: never[]) => unknown>(
  middleware: T,
  report: (message: string) => void,
): T {
  const get = (): string => {
    const version = oldVersion()
    if (version !== undefined) {
      report(`spoorKoa: app: expected Koa 3, got Koa ${version}, which is not tested; npm install koa@3`)
    }
    return 'spoorKoa'
  }
  return Object.defineProperty(middleware, 'name', ownMembers({ configurable: true, get }))
}

const inKoa = /\(?([^()\n]+[\\/])lib[\\/]application\.js:\d+:\d+\)?$/

/** The version of a Koa before 3, if Koa reads the property; otherwise undefined. */
function oldVersion(): string | undefined {
  const { stack } = new Error('reader')
  // This function, the getter, the reader.
  const reader = typeof stack === 'string' ? stack.split('\n')[3] : undefined
  const version = versionOfReader(reader ?? '', inKoa, 'koa')
  return version !== undefined && parseInt(version, 10) < 3 ? version : undefined
}
