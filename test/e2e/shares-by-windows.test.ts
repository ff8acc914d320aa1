// The whole example under load: shares of the CPU that are estimated from windows.
import '../../examples/publisher/testing/log-directory.js'
import { expect, test } from 'vitest'
import { start } from '../../examples/publisher/testing/publisher.js'
import { accountsOf, errorsOf, oneRound } from '../../examples/publisher/testing/shares.js'

// One window a second. Where the machine is shared, there are fewer, and shares need 15 of them to be that good.
const enough = { ms: 20_000, windows: 15 }

test('by windows, the shares of three accounts are within ten points after 20 seconds', {
  timeout: 180_000,
}, async () => {
  const publisher = await start()
  const from = performance.now()
  let usage = await accountsOf(publisher, 'operator')
  while (performance.now() - from < enough.ms || (usage.windows ?? 0) < enough.windows) {
    await oneRound(publisher)
    usage = await accountsOf(publisher, 'operator')
  }
  expect(usage.exact).toBe(false)
  expect(Math.max(...errorsOf(usage))).toBeLessThanOrEqual(10)
  expect(usage.summary).toMatch(/^globex used .* Estimated from \d+ windows\.$/)
})
