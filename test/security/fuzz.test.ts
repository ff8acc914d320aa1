// Each target of `npm run fuzz` with random texts, made of pieces that mean something to it. SPOOR_FUZZ_RUNS changes their number.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { targets } from './fuzz/targets.js'

const numRuns = Number(process.env['SPOOR_FUZZ_RUNS'] ?? 300)

describe.each(Object.entries(targets))('%s', (_, { seeds, words, check }) => {
  // Some seeds have the current time.
  test.each(seeds)('keeps its promises for seed %#', (text) => {
    expect(() => check(text)).not.toThrow()
  })

  test('keeps its promises for any text', () => {
    const piece = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...words) },
      { weight: 1, arbitrary: fc.constantFrom(...seeds) },
      { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
      { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => check(pieces.join(''))),
      { numRuns },
    )
  })
})
