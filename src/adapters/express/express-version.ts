import { readFileSync } from 'node:fs'
import { OptionsError } from '../../options.js'
import { ownMembers } from '../../safe-values/own-member.js'

/**
 * Makes `handler` refuse to be mounted in Express 4. A handler cannot see the application that mounts it, but Express
 * reads the handler's name when it mounts it, and the file that reads the name shows the version. In a bundle the file is
 * unknown; there the first request detects Express 4 (`isExpress4`).
 */
export function onlyInExpress5<T extends (...args: never[]) => unknown>(handler: T): T {
  const { name } = handler
  return Object.defineProperty(
    handler,
    'name',
    ownMembers({
      configurable: true,
      get() {
        const version = versionOfReader()
        if (version !== undefined) throw new OptionsError('spoorExpress', [express5Needed(version)])
        return name
      },
    }),
  )
}

/** True for an application of Express 4. */
export function isExpress4(app: unknown): boolean {
  return typeof (app as { lazyrouter?: unknown } | undefined)?.lazyrouter === 'function'
}

export function express5Needed(version: string): string {
  return `app: expected Express 5, got Express ${version}; npm install express@5`
}

// Express 4 has its own router; Express 5 uses the package `router`. A file of the service may have the same name, so the
// package.json beside it is read.
const readerInExpress4 = /\(?([^()\n]+[\\/]lib[\\/]router[\\/])(?:index|layer)\.js:\d+:\d+\)?$/

/** The version of Express 4, if Express 4 is the reader of the property; otherwise undefined. */
function versionOfReader(): string | undefined {
  const { stack } = new Error('reader')
  // This function, the getter, the reader.
  const reader = typeof stack === 'string' ? stack.split('\n')[3] : undefined
  const folder = readerInExpress4.exec(reader ?? '')?.[1]?.replace(/^\s*at (?:async )?/, '')
  try {
    const about = folder && JSON.parse(readFileSync(`${folder}../../package.json`, 'utf8'))
    return about?.name === 'express' && typeof about.version === 'string' ? about.version : undefined
  } catch {
    return undefined
  }
}
