import { captureSpoor, fakeClock } from 'spoor/testing'
import { expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../../test/programs/program.js'

const start = '2026-11-24T07:26:20.123Z'

function placed(at?: Parameters<typeof fakeClock>[0]): ReturnType<typeof fakeClock> {
  const clock = fakeClock(at)
  onTestFinished(() => clock.restore())
  return clock
}

test('gives lines and durations the same times in every run', async () => {
  const clock = placed(start)
  const captured = await captureSpoor({ loggers: { billing: {} }, tracking: { mode: 'off' } })
  captured.spoor.runChild(captured.spoor.carry({ name: 'mail' }), {}, () => {
    captured.logs.get('billing').info('one')
    clock.advance(1_500)
    captured.logs.get('billing').info('two')
  })
  const [one, two, line] = captured.lines()
  clock.restore()
  await captured.close()
  expect([one?.time, two?.time]).toEqual([Date.parse(start), Date.parse(start) + 1_500])
  expect(line).toMatchObject({ message: 'mail done 1.5 s', fields: { durationMs: 1_500, startedAt: start } })
})

test('begins at a fixed time, and moves only when it is moved', () => {
  const clock = placed()
  expect([clock.now(), Date.now()]).toEqual([1_767_225_600_000, 1_767_225_600_000])
  const before = performance.now()
  clock.advance(0.5)
  expect([performance.now() - before, clock.now()]).toEqual([0.5, 1_767_225_600_000.5])
})

test.each([[new Date(start)], [start], [Date.parse(start)]])('begins at %s', (at) => {
  expect(placed(at).now()).toBe(Date.parse(start))
})

test('puts the real clocks back, once', () => {
  const [now, date] = [performance.now, Date.now]
  const first = fakeClock(0)
  first.restore()
  const second = placed(0)
  first.restore()
  expect(Date.now()).toBe(0)
  second.restore()
  expect([performance.now, Date.now]).toEqual([now, date])
  expect(Math.abs(Date.now() - Date.parse(new Date().toISOString()))).toBeLessThan(1_000)
})

test('refuses a second clock, an invalid start and steps back', () => {
  const clock = placed()
  expect(() => fakeClock()).toThrow('expected one fake clock at a time')
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => clock.advance(ms)).toThrow(`expected ms from 0, got ${ms}`)
  }
  clock.restore()
  expect(() => fakeClock('yesterday')).toThrow('fakeClock: start: expected')
})

test('does not block a Spoor that is made and measures under a clock that stands still', async () => {
  const { code, stdout } = await runProgram(`
    import { captureSpoor, fakeClock } from 'spoor/testing/testing.js'
    const clock = fakeClock()
    const captured = await captureSpoor()
    captured.spoor.runChild(captured.spoor.carry({ name: 'mail' }), {}, () => clock.advance(20))
    clock.restore()
    await captured.close()
    console.log(captured.records()[0].durationMs)
  `)
  expect([stdout, code]).toEqual(['20\n', 0])
})
