import { describe, expect, onTestFinished, test } from 'vitest'
import type { Fixture } from './fixture.js'
import { Service, type Wanted } from './service.js'

/** One promise of the specification, and how it is seen over HTTP. */
export interface Case {
  /** The row of SPEC.md it belongs to. */
  readonly row: string
  /** The behaviour in a sentence; it is the test's name and a row of docs/conformance.md. */
  readonly says: string
  /** How its service is made. */
  readonly service?: Wanted
  /** A case of `core/` that each adapter runs all the same: how it mounts the inspector, how it writes headers. */
  readonly perAdapter?: boolean
  /** Default: that of the project. */
  readonly withinMs?: number
  /** How often it is tried again; `onRealClock` has it. */
  readonly retry?: number
  run(service: Service, fixture: Fixture): Promise<void>
}

/**
 * Runs cases against one framework. Its file is all that a framework adds to the suite.
 *
 * @param all every case that the fixture may say it lacks; default: `cases`
 * @param name what the table calls the column; default: the adapter
 */
export function conformance(
  fixture: Fixture,
  cases: readonly Case[],
  all: readonly Case[] = cases,
  name: string = fixture.adapter,
): void {
  // The script that makes the tables finds the column and the Node version here (scripts/conformance.mjs).
  describe(`${name} on Node ${process.versions.node.split('.')[0]}`, () => {
    for (const one of cases) {
      const { row, says, withinMs: timeout, retry } = one
      if (lacking(fixture, says) !== undefined) continue
      test(`${row}: ${says}`, { ...(timeout && { timeout }), ...(retry && { retry }) }, async () => {
        // Asked for here, so that another try has one of its own.
        const service = await Service.start(fixture, one.service)
        onTestFinished(() => service.stop())
        await one.run(service, fixture)
      })
    }

    test('lists as lacking only cases that the suite has', ({ task }) => {
      const says = all.map((one) => one.says)
      const stale = Object.keys(fixture.lacks).filter((start) => !says.some((one) => one.startsWith(start)))
      expect(stale).toEqual([])
      // For the table: what does not apply here, and why.
      Object.assign(task.meta, {
        lacking: all.flatMap(({ row, says }) => {
          const reason = lacking(fixture, says)
          return reason === undefined ? [] : [{ row, says, reason }]
        }),
      })
    })
  })
}

/** Why a case does not apply to a framework, if it does not. */
export function lacking(fixture: Fixture, says: string): string | undefined {
  return Object.entries(fixture.lacks).find(([start]) => says.startsWith(start))?.[1]
}
