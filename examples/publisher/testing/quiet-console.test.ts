import './log-directory.js'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { expect, onTestFinished, test, vi } from 'vitest'

test('a service in the process of a test writes its log files and nothing to standard output', async () => {
  const written = vi.spyOn(fs, 'writeSync')
  syncBuiltinESMExports()
  onTestFinished(syncBuiltinESMExports)
  const { linesOf, publishAs, start } = await import('./publisher.js')
  const { id } = await publishAs(await start(), 'acme-admin')
  expect(await linesOf('publish_sync.log', id)).toHaveLength(4)
  expect(written).toHaveBeenCalled()
  expect(written).not.toHaveBeenCalledWith(1, expect.anything(), expect.anything())
})
