import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alertsOptions, budgetOptions } from './alerts-options.js'

const secret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`
const url = 'https://hooks.example/T000/very-secret-path'

function problemsOf(check: typeof alertsOptions, value: unknown, path: string): string[] {
  const problems: string[] = []
  check(value, path, problems)
  return problems
}

const alerts = (value: unknown): string[] => problemsOf(alertsOptions, value, 'alerts')
const budget = (value: unknown): string[] => problemsOf(budgetOptions, value, 'budget')
const makeOne = `make one with: node -p "'whsec_' + crypto.randomBytes(32).toString('base64')"`

test('a URL and a secret are enough, and every member may be given', () => {
  expect(alerts({ url, secret })).toEqual([])
  expect(alerts({ url: 'http://user:pw@127.0.0.1:3000/', secret, on: ['errors', 'store'], everyMs: 60_000 })).toEqual(
    [],
  )
  expect(budget({ account: { cpuShare: 0.5, queryShare: 1 } })).toEqual([])
  expect(budget({ account: { queryShare: 0 } })).toEqual([])
})

test('every mistake is reported at once, each with its fix', () => {
  expect(alerts({ url: 'hooks.example', secret: 'abc', on: ['error'], everyMs: '10m', evryMs: 1 })).toEqual([
    'alerts.url: expected a URL with http: or https:, got a string that is not a URL; begin it with https://',
    `alerts.secret: expected whsec_ and the base64 of at least 16 bytes, got a string that does not begin with whsec_; ${makeOne}`,
    'alerts.on[0]: expected one of errors, stuck, budget, output, store, got "error"; did you mean errors?',
    'alerts.everyMs: expected a whole number of milliseconds, at least 1, got "10m"; write 600_000',
    'alerts.evryMs: no such option; did you mean everyMs?',
  ])
  expect(alerts({ url, secret, on: 'errors' })).toEqual([
    `alerts.on: expected an array, got "errors"; write ['errors']`,
  ])
  expect(alerts({ url, secret, on: [] })).toEqual([
    'alerts.on: expected at least one kind, got []; leave it out for all kinds',
  ])
  expect(budget({ account: { cpuShare: 60, queryShare: -0.1 } })).toEqual([
    'budget.account.cpuShare: expected a share from 0 to 1, got 60; write 0.6',
    'budget.account.queryShare: expected a share from 0 to 1, got -0.1',
  ])
  expect(budget({ account: {} })).toEqual([
    'budget.account: expected cpuShare, queryShare or both, got {}; write account: { cpuShare: 0.5 }',
  ])
  expect(budget({})).toEqual(['budget.account: expected an object, got undefined'])
})

test.each([
  ['undefined', undefined, 'undefined'],
  ['base64 without whsec_', secret.slice(6), 'a string that does not begin with whsec_'],
  ['other characters', 'whsec_not base64!', 'a string that is not base64 after whsec_'],
  ['base64 for URLs', 'whsec__-_-_-_-_-_-_-_-_-_-_-_-', 'a string that is not base64 after whsec_'],
  ['a short key', 'whsec_c2hvcnQ=', '5 bytes'],
  ['nothing', 'whsec_', '0 bytes'],
])('a secret that is %s is refused', (_, wrong, got) => {
  expect(alerts({ url, secret: wrong })).toEqual([
    `alerts.secret: expected whsec_ and the base64 of at least 16 bytes, got ${got}; ${makeOne}`,
  ])
})

test('no message shows any part of a secret or a URL', () => {
  const hidden = fc.stringMatching(/^[a-zA-Z0-9]{12,40}$/)
  fc.assert(
    fc.property(hidden, fc.constantFrom('', 'ftp://', 'whsec_', 'https:/ /', '//'), (text, before) => {
      const problems = alerts({ url: `${before}${text}`, secret: `${before}${text}!` })
      expect(problems.length).toBeGreaterThan(0)
      expect(problems.join('\n')).not.toContain(text)
    }),
  )
})
