import type { RecordStore } from '../records/record-store.js'
import { type KitResult, pause, runKit } from './kit.js'
import { storeCases } from './records/cases.js'
import type { StoreCase, StoreSize, TestedStore } from './records/store-case.js'

export type { StoreSize, TestedStore }

/** Options of `testRecordStore`. */
export interface RecordStoreKitOptions {
  /** What the store cannot do: the first words of cases, and the reason. These cases are not run. Default: none. */
  readonly lacks?: Readonly<Record<string, string>> | undefined
}

// One case puts 10,000 records, one by one.
const caseWithinMs = 120_000

/**
 * Checks a record store of your own: reading, access by account, filters, pages, bounds and time. Runs all cases, each with a
 * store of its own.
 *
 * @param make returns an empty store that keeps at most `maxBytes` for `keepForMs`. If the store has a clock that a test can move,
 * return `{ store, pass }`; else the kit waits (about 2.5 s in all)
 * @returns the cases that passed, and those that were left out
 *
 * @example
 * await testRecordStore(({ maxBytes, keepForMs }) => myRecords({ maxBytes, keepForMs }))
 *
 * @throws AssertionError that lists every failed case
 */
export async function testRecordStore(
  make: (size: StoreSize) => RecordStore | TestedStore | Promise<RecordStore | TestedStore>,
  options: RecordStoreKitOptions = {},
): Promise<KitResult> {
  const lacks = Object.entries(options.lacks ?? {})
  const unknown = lacks.find(([start]) => !storeCases.some(({ says }) => says.startsWith(start)))
  if (unknown !== undefined) {
    const got = JSON.stringify(unknown[0])
    throw new TypeError(`testRecordStore: lacks: expected the first words of a case, got ${got}`)
  }
  const cases = storeCases.map(({ says, size = {}, run }) => ({
    says,
    leftOut: lacks.find(([start]) => says.startsWith(start))?.[1],
    run: () => withStore(make, size, run),
  }))
  return runKit('testRecordStore', cases, caseWithinMs)
}

async function withStore(
  make: Parameters<typeof testRecordStore>[0],
  size: StoreSize,
  run: StoreCase['run'],
): Promise<void> {
  const made = await make(size)
  const tested: TestedStore = 'store' in made ? made : { store: made, pass: pause }
  try {
    await run(tested)
  } finally {
    await tested.store.close()
  }
}
