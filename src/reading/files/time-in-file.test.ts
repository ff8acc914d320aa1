import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { groupsBelow } from './log-groups.js'
import { openListed } from './open-file.js'
import { firstTime, placeOfTime } from './time-in-file.js'

const start = Date.parse('2026-11-29T22:00:00.000Z')
const lineAt = (ms: number, isLate = false): string =>
  `{"time":"${new Date(start + ms).toISOString()}","level":"info","logger":"a","message":"m"${isLate ? ',"late":true' : ''}}\n`

/** A log file of lines each 10 ms, with the late lines of requests that ended there. */
function fileWith(lateRuns: readonly { readonly at: number; readonly lines: number }[]) {
  const lines: { readonly text: string; readonly ms: number; readonly isLate: boolean }[] = []
  for (let n = 0; n < 2_000; n++) {
    lines.push({ text: lineAt(n * 10), ms: n * 10, isLate: false })
    for (const { lines: count } of lateRuns.filter(({ at }) => at === n))
      for (let late = 0; late < count; late++)
        lines.push({ text: lineAt(n * 10 - 60_000 + late, true), ms: n * 10 - 60_000 + late, isLate: true })
  }
  const directory = mkdtempSync(join(tmpdir(), 'spoor-times-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'a.log'), lines.map(({ text }) => text).join(''))
  const listed = groupsBelow(directory)[0]?.files[0]
  const open = listed && openListed(listed, 'blocking')
  if (open === undefined) throw new Error('no file')
  onTestFinished(() => open.close())
  return { open, lines }
}

test('a place in a file of times is found, also between lines that were kept until the end of their request', async () => {
  const runs = [
    { at: 300, lines: 200 },
    { at: 1_500, lines: 900 },
  ]
  const { open, lines } = fileWith(runs)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -100, max: 20_100 }), async (ms) => {
      const place = await placeOfTime(open, start + ms)
      let at = 0
      for (const { text, ms: time, isLate } of lines) {
        // Every line in its order at or after this time stands at or behind the place.
        if (!isLate && time >= ms) expect(at).toBeGreaterThanOrEqual(place)
        at += text.length
      }
    }),
  )
})

test('the first time of a file is that of its first line in order', async () => {
  const { open } = fileWith([])
  expect(await firstTime(open)).toBe(start)
})
