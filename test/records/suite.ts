import { describe, onTestFinished, test } from 'vitest'
import type { StoreCase, StoreSize, TestedStore } from '../../src/testing/records/store-case.js'

/** All that a store adds to the suite. */
export interface StoreFixture {
  readonly name: string
  open(size: StoreSize): TestedStore | Promise<TestedStore>
  /** What it cannot do, by the first words of the case, and why. */
  readonly lacks?: Readonly<Record<string, string>>
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
