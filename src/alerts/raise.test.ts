import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Alert, type AlertKind, alertKinds } from './alert.js'
import { Alerts } from './alerts.js'
import { Ongoing } from './ongoing.js'

const everyMs = 600_000
const alert = (kind: AlertKind, account?: string): Alert => ({ kind, account, sentence: `${kind} of ${account}` })

let lines: string[]
let sent: string[]

beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  sent = []
})
afterEach(() => {
  vi.useRealTimers()
})

function open(on: readonly AlertKind[] = alertKinds, claim?: () => Promise<boolean>): Alerts {
  const sender = { send: ({ sentence }: Alert) => sent.push(sentence), close: () => Promise.resolve() }
  const warn = (_: object, message: string): number => lines.push(message)
  return new Alerts({ on: new Set(on), everyMs, sender, warn, claim })
}

const suppressed = (): string[] => lines.filter((line) => line.includes('suppressed'))

test('a flood of alerts has one line after ten seconds, and then one in ten minutes', () => {
  const alerts = open()
  for (let second = 0; second < 1_200; second++) {
    for (let at = 0; at < 5; at++) alerts.raise(alert('errors', 'acme'))
    alerts.raise(alert('stuck'))
    vi.advanceTimersByTime(1_000)
  }
  expect(sent).toEqual(['errors of acme', 'stuck of undefined', 'errors of acme', 'stuck of undefined'])
  expect(suppressed()).toEqual([
    'alerts: 58 suppressed (errors 49, stuck 9): at most one for each kind and account is sent in 600 s (alerts.everyMs)',
    'alerts: 3598 suppressed (errors 2999, stuck 599): at most one for each kind and account is sent in 600 s (alerts.everyMs)',
  ])
})

test('a jump of the clock of the system sends no second alert', () => {
  const alerts = open()
  alerts.raise(alert('errors', 'acme'))
  vi.setSystemTime(Date.now() + 86_400_000)
  alerts.raise(alert('errors', 'acme'))
  vi.setSystemTime(0)
  alerts.raise(alert('errors', 'acme'))
  expect(sent).toHaveLength(1)
})

test('close writes how many alerts were suppressed, and later alerts are dropped', async () => {
  const alerts = open()
  for (let at = 0; at < 3; at++) alerts.raise(alert('errors', 'acme'))
  await alerts.close()
  await alerts.close()
  alerts.raise(alert('errors', 'globex'))
  expect(sent).toEqual(['errors of acme'])
  expect(suppressed()).toEqual([expect.stringMatching(/^alerts: 2 suppressed \(errors 2\)/)])
  vi.advanceTimersByTime(everyMs)
  expect(suppressed()).toHaveLength(1)
})

test('an account over its budget has its line in the logs, also if budgets are not sent', () => {
  open(['errors']).raise(alert('budget', 'acme'))
  expect([sent, lines]).toEqual([[], ['alert: budget of acme']])
  open(['budget']).raise(alert('budget', 'acme'))
  expect(sent).toEqual(['budget of acme'])
})

test('a fault that lasts is news when it begins, and again when everyMs is over', () => {
  let now = 0
  const ongoing = new Ongoing(everyMs, () => now)
  const faults = (...names: string[]): string[] => ongoing.news(new Map(names.map((name) => [name, name])))
  expect(faults('a')).toEqual(['a'])
  now = 2_000
  expect(faults('a', 'b')).toEqual(['b'])
  expect(faults('b')).toEqual([])
  expect(faults('a', 'b')).toEqual(['a'])
  now = everyMs + 2_000
  expect(faults('a', 'b')).toEqual(['a', 'b'])
})

test('one of two processes sends an alert if their store lets one claim it, and the other counts it as suppressed', async () => {
  let isClaimed = false
  const claim = async (): Promise<boolean> => {
    const isFirst = !isClaimed
    isClaimed = true
    return isFirst
  }
  const processes = [open(['stuck'], claim), open(['stuck'], claim)]
  for (const alerts of processes) alerts.raise(alert('stuck'))
  for (const alerts of processes) await alerts.close()
  expect(sent).toEqual(['stuck of undefined'])
  expect(suppressed()).toEqual([expect.stringMatching(/^alerts: 1 suppressed \(stuck 1\)/)])
})

test('an alert is sent if the store cannot say who was first', async () => {
  const alerts = open(['stuck'], () => Promise.reject(new Error('away')))
  alerts.raise(alert('stuck'))
  await alerts.close()
  expect(sent).toEqual(['stuck of undefined'])
})
