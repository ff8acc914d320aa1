import { expect, test } from 'vitest'
import { type HealthFacts, healthSummary, troublesOf } from './health-troubles.js'

const well: HealthFacts = {
  service: 'publisher',
  node: 'v24.0.0',
  spoor: '0.1.0',
  pid: 1,
  startedAt: '2026-11-24T12:00:00.000Z',
  tracking: { mode: 'header', open: 0, measuredShare: 0 },
  records: { failed: 0 },
  context: { lost: 0, unknown: 0, lostCalls: 0, addedNowhere: 9, guarded: 0 },
  queries: { nowhere: 9, late: 9, unknown: 9 },
  outputs: [{ output: 'requests.jsonl', keptLines: 0, lostLines: 0 }],
  files: [],
}

test.each([
  ['All is well.', {}],
  [
    'The file requests.jsonl cannot be written ("ENOSPC: no space"); the file requests.jsonl lost 1,200 lines.',
    { outputs: [{ output: 'requests.jsonl', error: 'ENOSPC: no space', keptLines: 3, lostLines: 1_200 }] },
  ],
  ['The console lost 1 line.', { outputs: [{ output: 'console', keptLines: 0, lostLines: 1 }] }],
  [
    'The record store does not answer (timeout); 2 requests lost the context.',
    { records: { failed: 0, error: 'timeout' }, context: { ...well.context, lost: 2 } },
  ],
  [
    'The record store never got 1 record: too many waited while it failed; the record store has 2 entries that this version cannot read.',
    { records: { failed: 0, givenUp: 1, unreadable: 2 } },
  ],
  ['The event loop was blocked 3 times, for 2.4 s at most.', { loop: { blocked: 3, totalMs: 4_000, worstMs: 2_400 } }],
  [
    'The record store does not answer (x); the record store failed 1 time; 1 request lost the context; 1 other thing is wrong.',
    { records: { failed: 1, error: 'x' }, context: { ...well.context, lost: 1, lostCalls: 1 } },
  ],
] as const)('the health is told as: %s', (sentence, own) => {
  expect(healthSummary(troublesOf({ ...well, ...(own as Partial<HealthFacts>) }))).toBe(sentence)
})
