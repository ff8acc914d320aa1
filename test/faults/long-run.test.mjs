// The short form of `npm run soak`: the same code, for 15 s on this Node, and as long for its start and end.
import { beforeAll, expect, test } from 'vitest'
import { buildExample, buildPackage } from '../../scripts/prepare.mjs'
import { judge } from '../../scripts/soak/example/judge.mjs'
import { run } from '../../scripts/soak/example/run.mjs'

beforeAll(async () => {
  await buildPackage()
  await buildExample()
}, 300_000)

test('the example under mixed load loses, leaks and miscounts nothing', async () => {
  const result = await run({ node: process.execPath, ms: 15_000 })
  expect(judge(result)).toEqual([])
  // All kinds of load took part.
  expect(result.balance.lines).toBeGreaterThan(500)
  expect(result.balance.attempts).toBeGreaterThan(result.balance.jobs)
})
