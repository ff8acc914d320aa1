// The whole example under load: shares of the CPU that are estimated from windows.
import '../../examples/publisher/testing/log-directory.js'
import { expect, test } from 'vitest'
import { start } from '../../examples/publisher/testing/publisher.js'
import { accountsOf, errorsOf, oneRound } from '../../examples/publisher/testing/shares.js'

test('by windows, the shares of three accounts are within ten points after 20 seconds', {
  timeout: 60_000,
}, async () => {
  const publisher = await start()
  const until = performance.now() + 20_000
  while (performance.now() < until) await oneRound(publisher)
  const usage = await accountsOf(publisher, 'operator')
  expect(usage.exact).toBe(false)
  expect(Math.max(...errorsOf(usage))).toBeLessThanOrEqual(10)
  expect(usage.summary).toMatch(/^globex used .* Estimated from \d+ windows\.$/)
})
