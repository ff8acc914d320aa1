import { describe, expect, test } from 'vitest'
import { cleanFields } from './clean-fields.js'
import { redaction } from './redaction.js'

const { text: hide } = redaction()
const rest = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hI5kL7'
// Put together here, so that scanners of sources do not report them as real keys.
const keys = [
  `AKIA${'ABCDEFGH23456789'}`,
  `ASIA${'ABCDEFGH23456789'}`,
  `AKIA${'ABCDEFGH23456789'} ${rest}1`,
  `AIza${rest}`,
  `ya29.${rest}`,
  ...['ghp', 'gho', 'ghu', 'ghs', 'ghr', 'github_pat'].map((kind) => `${kind}_${rest}`),
  `glpat-${rest}`,
  ...['xoxb', 'xoxp', 'xapp'].map((kind) => `${kind}-123456789012-${rest}`),
  `npm_${rest}`,
  ...['sk_live', 'rk_live', 'sk_test', 'whsec'].map((kind) => `${kind}_${rest}`),
  `SG.${rest}.${rest}`,
  `sk-${rest}`,
  `sk-proj-${rest}`,
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${rest}`,
  `GOCSPX-${rest}`,
  ...['gldt', 'glrt', 'glcbt', 'glptt', 'glft', 'glsoat', 'glimt', 'glagent', 'gloas', 'glffct'].map(
    (kind) => `${kind}-${rest}`,
  ),
  `rk_test_${rest}`,
  ...['svcacct', 'admin', 'ant', 'or', 'None'].map((kind) => `sk-${kind}-${rest}`),
  `hf_${rest}`,
  ...['shpat', 'shpca', 'shppa', 'shpss'].map((kind) => `${kind}_${'0a1B'.repeat(8)}`),
  ...['doo', 'dop', 'dor'].map((kind) => `${kind}_v1_${'0a1b'.repeat(10)}`),
  `pypi-AgE${rest}`,
]

describe('keys of services are recognized by their shape', () => {
  test.each(keys)('%s', (key) => {
    expect(hide(key)).toBe('[redacted]')
    expect(hide(`it said ${key}, and failed`)).toBe('it said [redacted], and failed')
    expect(hide(`https://x.example/${key}?a=1`)).toBe('https://x.example/[redacted]?a=1')
    expect(cleanFields(redaction(), () => false)({ value: key })).toBeUndefined()
  })

  test.each([
    'sk-folding-cube-animation',
    'AKIA',
    'npm_config_registry',
    'eyJ',
    'SG.example.com',
    'xoxo-hugs',
    'task-force',
  ])('%s is not hidden', (text) => expect(hide(text)).toBe(text))
})

const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'

test.each([
  [`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`, '[redacted]'],
  [`read -----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY----- from it`, 'read [redacted] from it'],
  [`-----BEGIN EC PRIVATE KEY-----\\n${body}\\n-----END EC PRIVATE KEY-----\\n`, '[redacted]\\n'],
  [`cut: -----BEGIN OPENSSH PRIVATE KEY-----\n${body}`, 'cut: [redacted]'],
])('a private key is hidden from its first to its last line: %s', (text, expected) => {
  expect(hide(text)).toBe(expected)
})

test('a public key is not hidden', () => {
  const key = `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`
  expect(hide(key)).toBe(key)
})

test.each([
  ['/cb?code=4/0AbC-d&state=x', '/cb?code=[redacted]&state=x'],
  ['/cb?state=x&code=abc', '/cb?state=x&code=[redacted]'],
  ['code=SplxlOBeZQQYbYS6WxSbIA', 'code=[redacted]'],
  ['?next=%2Fcb%3Fcode%3Dabc%26b%3D2', '?next=%2Fcb%3Fcode%3D[redacted]%26b%3D2'],
  ["{ code: 'ECONNREFUSED' }", "{ code: 'ECONNREFUSED' }"],
  ['code=ECONNREFUSED', 'code=ECONNREFUSED'],
  ['failed with code=abc and {"code":"abc"}', 'failed with code=abc and {"code":"abc"}'],
  ['AccountName=a;AccountKey=abc==;Suffix=x', 'AccountName=a;AccountKey=[redacted];Suffix=x'],
  ['/blob?sv=2024&sig=abc%3D', '/blob?sv=2024&sig=[redacted]'],
  ['auth-service: started', 'auth-service: started'],
])('%s becomes %s', (text, expected) => expect(hide(text)).toBe(expected))
