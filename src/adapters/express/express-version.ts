import type { Request } from 'express'
import { OptionsError } from '../../options.js'
import { ownMembers } from '../../safe-values/own-member.js'
import { versionOfReader } from '../package-version.js'

/** What an adapter for one version of Express says of itself, and of its mistakes. */
export interface ExpressVersion {
  /** The function that the service calls. */
  readonly call: string
  /** The mistake if a handler is mounted in an application of this version of Express; otherwise undefined. */
  mistake(version: string): string | undefined
  /** Called for each request that reaches the first part. */
  follow?(request: Request): void
}

export const express5: ExpressVersion = {
  call: 'spoorExpress',
  mistake: (version) => (version.startsWith('4') ? wrong('5', version, 'spoorExpress4 of spoor/express4') : undefined),
}

export const express4: ExpressVersion = {
  call: 'spoorExpress4',
  mistake: (version) => (version.startsWith('4') ? undefined : wrong('4', version, 'spoorExpress of spoor/express')),
}

function wrong(expected: string, version: string, other: string): string {
  return `app: expected Express ${expected}, got Express ${version}; use ${other}`
}

const inNest =
  'app: expected an app of Express, got one of NestJS, which mounts its routes behind every app.use: no route could ' +
  'answer; leave s.errors and import SpoorModule.forRoot({ spoor, account }) of spoor/nest'

/**
 * Makes `handler` refuse to be mounted in another version of Express. A handler cannot see the application that mounts it, but
 * Express reads the handler's name when it mounts it, and the file that reads the name shows the version. In a bundle the file
 * is unknown; there the first request shows the version (`versionOf`).
 *
 * @param isLast true for a handler that must be mounted behind all routes, which is impossible in NestJS
 */
export function onlyIn<T extends (...args: never[]) => unknown>(
  { call, mistake }: ExpressVersion,
  handler: T,
  isLast = false,
): T {
  const { name } = handler
  return Object.defineProperty(
    handler,
    'name',
    ownMembers({
      configurable: true,
      get() {
        const { version, isNest } = readerOfName()
        const found = (version && mistake(version)) ?? (isLast && isNest ? inNest : undefined)
        if (found) throw new OptionsError(call, [found])
        return name
      },
    }),
  )
}

/** The major version of an application of Express. */
export function versionOf(app: unknown): '4' | '5' {
  return isExpress4(app) ? '4' : '5'
}

/** True for an application of Express 4. */
export function isExpress4(app: unknown): boolean {
  return typeof (app as { lazyrouter?: unknown } | undefined)?.lazyrouter === 'function'
}

// Express 4 has its own router; Express 5 uses the package `router`.
const readers: readonly [file: RegExp, name: string][] = [
  [/\(?([^()\n]+[\\/])lib[\\/]router[\\/](?:index|layer)\.js:\d+:\d+\)?$/, 'express'],
  [/\(?([^()\n]+[\\/])(?:index|lib[\\/]layer)\.js:\d+:\d+\)?$/, 'router'],
]

/** What reads the property: the version of Express, if Express reads it, and whether NestJS asked Express to mount a handler. */
function readerOfName(): { version: string | undefined; isNest: boolean } {
  const { stack } = new Error('reader')
  const frames = typeof stack === 'string' ? stack.split('\n') : []
  // This function, the getter, the reader.
  const reader = frames[3] ?? ''
  const isNest = frames.some((frame) => /[\\/]@nestjs[\\/]core[\\/]/.test(frame))
  for (const [file, name] of readers) {
    const version = versionOfReader(reader, file, name)
    // Version 2 of the package `router` is the router of Express 5.
    if (version !== undefined) return { version: name === 'router' ? '5' : version, isNest }
  }
  return { version: undefined, isNest }
}
