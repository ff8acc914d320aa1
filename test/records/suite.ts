import type { RecordStore } from 'spoor'
import { describe, onTestFinished, test } from 'vitest'

/** How much a store is to keep, and for how long. */
export interface Size {
  readonly maxBytes?: number
  readonly keepForMs?: number
}

/** A store under test, empty. */
export interface Opened {
  readonly store: RecordStore
  /** Lets time pass for it: by a clock of its own, or by waiting. */
  pass(ms: number): void | Promise<void>
}

/** All that a store adds to the suite. */
export interface StoreFixture {
  readonly name: string
  open(size: Size): Opened | Promise<Opened>
  /** What it cannot do, by the first words of the case, and why. */
  readonly lacks?: Readonly<Record<string, string>>
}

/** One promise of `RecordStore`. */
export interface StoreCase {
  /** The behaviour in a sentence. */
  readonly says: string
  readonly size?: Size
  run(opened: Opened): void | Promise<void>
}

/** Runs every case against one store; what a store returns may be a promise or not. */
export function storeConformance(fixture: StoreFixture, cases: readonly StoreCase[]): void {
  describe(`records kept by ${fixture.name}`, () => {
    for (const { says, size = {}, run } of cases) {
      const lacks = Object.keys(fixture.lacks ?? {}).some((start) => says.startsWith(start))
      test.skipIf(lacks)(says, async () => {
        const opened = await fixture.open(size)
        onTestFinished(async () => opened.store.close())
        await run(opened)
      })
    }
  })
}
