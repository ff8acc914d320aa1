import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cpuMsOf, onRealClock } from '../../test/usage/burn.js'
import { redaction } from './redaction.js'
import { defaultBounds, safeText } from './safe-value.js'

const { text: hide } = redaction()

describe('URLs in text', () => {
  test.each([
    ['https://user:pass@blog.example/x', 'https://[redacted]@blog.example/x'],
    ['GET https://token@blog.example failed', 'GET https://[redacted]@blog.example failed'],
    ['postgres://u:p@ss@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['postgres://u:p/w#?@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['"redis://:pw@cache" and "amqp://a:b@queue"', '"redis://[redacted]@cache" and "amqp://[redacted]@queue"'],
    ['https://blog.example/?a=1&token=abc&b=2', 'https://blog.example/?a=1&token=[redacted]&b=2'],
    ['/cb?access_token=abc#id_token=def', '/cb?access_token=[redacted]'],
    ['/x?user%5Bpassword%5D=abc&api%5Fkey=def', '/x?user%5Bpassword%5D=[redacted]&api%5Fkey=[redacted]'],
    ['?X-Amz-Signature=abc&X-Amz-Date=1', '?X-Amz-Signature=[redacted]&X-Amz-Date=1'],
  ])('%s', (text, expected) => {
    expect(hide(text)).toBe(expected)
  })

  test.each([
    'https://blog.example:8443/posts/7?page=2&order=asc',
    'http://localhost:3000/@fs/x and mail a@b.example',
    'https://blog.example/users/@me?page=3',
  ])('%s holds no secret', (text) => {
    expect(hide(text)).toBe(text)
  })
})

// As JSON may write application_password.
const escapedKey = Buffer.from('application_password').toString('hex').replace(/../g, '\\u00$&')

describe('members in text', () => {
  test.each([
    ['{"password":"hunter2","user":"eve"}', '{"password":[redacted],"user":"eve"}'],
    ['{"a": {"token" : "x\\"y", "b": 1}}', '{"a": {"token" : [redacted], "b": 1}}'],
    [String.raw`"{\"secret\":\"a b\",\"c\":1}"`, String.raw`"{\"secret\":[redacted],\"c\":1}"`],
    ['{"session":{"id":"abc","n":[1]},"x":1}', '{"session":[redacted],"x":1}'],
    ['{"cvv":123,"x":1}', '{"cvv":[redacted],"x":1}'],
    ["{ password: 'hunter2', a: 1 }", '{ password: [redacted], a: 1 }'],
    ['password=hunter2 host=db', 'password=[redacted] host=db'],
    ['PASSWORD = "hunter two" x', 'PASSWORD = [redacted] x'],
    ['Server=db;Password=hunter2;Pool=1', 'Server=db;Password=[redacted];Pool=1'],
    ['DB_PASSWORD=hunter2', 'DB_PASSWORD=[redacted]'],
    ['Authorization: Digest abc, x\nHost: a', 'Authorization: [redacted]\nHost: a'],
    [`curl -H 'Cookie: a=b; c=d' https://x`, `curl -H 'Cookie: [redacted]' https://x`],
    ['x-api-key: abc def', 'x-api-key: [redacted]'],
    ['{"password":\t"a b"}', '{"password":\t[redacted]}'],
    [
      '{"password":\n            "a b",\n"cvv"\n:      7}',
      '{"password":\n            [redacted],\n"cvv"\n:      [redacted]}',
    ],
    ['password=\thunter2 x', 'password=\t[redacted] x'],
    [
      "Map(2) { 'password' => 'a b', 'c' => { token: 'y' } }",
      "Map(2) { 'password' => [redacted], 'c' => { token: [redacted] } }",
    ],
    ["Map(1) { 'session' => { id: 1 }, 'c' => 2 }", "Map(1) { 'session' => [redacted], 'c' => 2 }"],
    ['?next=%2Fx%3Ftoken%3Dabc%26b%3D2&c=3', '?next=%2Fx%3Ftoken%3D[redacted]%26b%3D2&c=3'],
    ['%2Fx%3fapi%5Fkey%3dabc', '%2Fx%3fapi%5Fkey%3d[redacted]'],
    ['q=%7B%22token%22%3A%22a%20b%22%2C%22c%22%3A1%7D', 'q=%7B%22token%22%3A[redacted]%22%2C%22c%22%3A1%7D'],
    [`?next=${'%2F'.repeat(40)}%3Ftoken%3Dabc`, `?next=${'%2F'.repeat(40)}%3Ftoken%3D[redacted]`],
    ['<password>a b</password><user>eve</user>', '<password>[redacted]</password><user>eve</user>'],
    ['<wsse:Password Type="#x">a b</wsse:Password>', '<wsse:Password Type="#x">[redacted]</wsse:Password>'],
    ['<token><![CDATA[a b]]></token>', '<token>[redacted]</token>'],
    [String.raw`{"pass\u0077ord":"a b"}`, String.raw`{"pass\u0077ord":[redacted]}`],
    [`{"${escapedKey}":"a b"}`, `{"${escapedKey}":[redacted]}`],
    ['a: 1\n  password: hunter2\nb: 2', 'a: 1\n  password: [redacted]\nb: 2'],
    ['user: eve, password: hunter2', 'user: eve, password: [redacted]'],
    ['{"detail":"the token: hunter2"}', '{"detail":"the token: [redacted]"}'],
    ['{ token: 1234 }', '{ token: [redacted] }'],
  ])('%s', (text, expected) => {
    expect(hide(text)).toBe(expected)
  })

  test.each([
    'the session: it expired; wrong password: try again',
    'if (token === undefined || token == null || token !== x)',
    'at 12:30:45: 3 of 4 done, ratio=0.75',
    'Unexpected token: a comma',
    'the token: missing\nand the password: undefined, session: }',
    'const f = token => x, (password) => y',
    'usage: login <token> <user>, <token>, 1</user>',
    'password:\nnext line',
    'PASSWORD=\nHOST=db',
    'https%3A%2F%2Fblog.example%2Fsession%3A%20closed%20early',
  ])('%s holds no secret', (text) => {
    expect(hide(text)).toBe(text)
  })
})

describe('credentials in text', () => {
  const basic = Buffer.from('eve:hunter2').toString('base64')

  test.each([
    ['sent Bearer eyJhbGci.eyJzdWIi.c2ln to it', 'sent Bearer [redacted] to it'],
    ['bearer acme-admin', 'bearer [redacted]'],
    ['BEARER  abc', 'BEARER  [redacted]'],
    ['Bearer%20abc', 'Bearer%20[redacted]'],
    ['Bearer "abc"', 'Bearer "[redacted]"'],
    [String.raw`"Bearer \"abc\""`, String.raw`"Bearer \"[redacted]\""`],
    [`Basic ${basic}`, 'Basic [redacted]'],
    [`basic ${basic}.`, 'basic [redacted]'],
  ])('%s', (text, expected) => {
    expect(hide(text)).toBe(expected)
  })

  test.each([
    'the bearer token is missing, bearer of news',
    'WWW-Authenticate was Bearer realm, basic authentication, basic functionality, Basic usage',
  ])('%s holds no secret', (text) => {
    expect(hide(text)).toBe(text)
  })
})

describe('WordPress application passwords', () => {
  test.each([
    ['abcd EFGH 1234 ijkl mnop QRST', '[redacted]'],
    ['refused: abcd EFGH 1234 ijkl mnop QRST.', 'refused: [redacted].'],
    ['"abcd+EFGH+1234+ijkl+mnop+QRST"', '"[redacted]"'],
    ['it says pass abcd EFGH 1234 ijkl mnop QRST', 'it [redacted]'],
  ])('%s', (text, expected) => {
    expect(hide(text)).toBe(expected)
  })

  test.each([
    'they were sent with this code from that host',
    'They Were Sent With This Code',
    'with five four word runs there',
    '2026 11 24',
    'abcd EFGH 1234 ijkl mnopq QRST rstu',
  ])('%s is not hidden', (text) => {
    expect(hide(text)).toBe(text)
  })
})

describe('the input that JSON.parse quotes', () => {
  const inputs = [
    'hunter2',
    '{"a":hunter2}',
    `{"password": hunter2}${' '.repeat(80)}`,
    `${' '.repeat(80)}hunter2`,
    'h',
    '"hunter2" x',
  ]

  test.each(inputs)('is hidden in message and stack: %j', (input) => {
    try {
      JSON.parse(input)
      expect.unreachable()
    } catch (error) {
      const { message, stack } = error as Error
      for (const text of [message, `cannot read "x.json": ${message}`, stack as string]) {
        expect(hide(text)).not.toContain('hunter2')
      }
      expect(hide(`cannot read "x.json": ${message}`)).toContain('cannot read "x.json": ')
    }
  })
})

describe('the cut of a long text', () => {
  const at = (characters: number) => (text: string) => safeText(text, redaction(), { ...defaultBounds, characters })

  test('gives the original length, and is never longer than the bound', () => {
    expect(at(50)('x'.repeat(1_000))).toBe(`${'x'.repeat(27)}…[cut: 1000 characters]`)
    expect(at(50)('x'.repeat(50))).toBe('x'.repeat(50))
  })

  test('leaves no part of a secret that begins before it', () => {
    const secrets = [
      `https://user:${'p'.repeat(5_000)}@host`,
      `"password":"${'p'.repeat(5_000)}"`,
      `token=${'p'.repeat(5_000)}`,
      `Bearer ${'p'.repeat(5_000)}`,
    ]
    for (const secret of secrets) {
      for (let before = 20; before < 60; before++) expect(at(60)('-'.repeat(before) + secret)).not.toContain('pp')
    }
    for (let before = 0; before < 60; before++) {
      const text = `${'-'.repeat(before)}abcd EFGH 1234 ijkl mnop QRST${'-'.repeat(5_000)}`
      expect(at(60)(text)).not.toMatch(/EFGH|abc/)
    }
  })
})

describe('time', () => {
  const hostile: [string, string][] = [
    ['letters', 'a'],
    ['URLs without end', 'a://b:c/'],
    ['URLs', 'a://b:c@'],
    ['equal signs', 'a='],
    ['colons', '":'],
    ['secret keys', 'token='],
    ['headers', 'cookie: '],
    ['secret keys without values', 'token= x='],
    ['secret objects', '"token":{'],
    ['quotes', 'token="token=\''],
    ['escaped quotes', '\\"token\\":\\"'],
    ['groups of four', 'abcd '],
    ['schemes', 'bearer '],
    ['JSON messages', '" is not valid JSON'],
    ['spaces', ' '],
    ['secret keys and tabs', '"token":\t\t\t\t\t\t'],
    ['secret keys and lines', '"token":\n\n\n\n'],
    ['secret words', 'token: x'],
    ['secret lines', 'token: x\n'],
    ['secret keys and colons', 'token:'],
    ['Maps', "'token' => '"],
    ['Maps of Maps', "'token' => {"],
    ['encoded assignments', 'token%3D'],
    ['encoded members', '%22token%22%3A%22'],
    ['encoded members without quotes', '%22token%22%3A'],
    ['elements', '<token>'],
    ['elements without end', '<token '],
    ['elements with attributes', '<token a="b">x'],
    ['closed elements', '<token>x</token>'],
    ['CDATA', '<token><![CDATA['],
    ['escaped keys', '"\\u0074oken":'],
    ['quoted credentials', 'bearer "'],
    ['escaped credentials', 'bearer \\\\\\\\"'],
    ['backslashes', '\\'],
  ]

  test.each(hostile)('is linear for %s', onRealClock, (_, unit) => {
    const once = (length: number) => {
      const text = unit.repeat(length / unit.length)
      return cpuMsOf(() => hide(text))
    }
    // Two lengths of the same kind: V8 runs an expression over short texts up to eight times as fast for each character. The least of
    // some runs in turns: a neighbour on the machine can only add to a run.
    let [short, long] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let runs = 0; runs < 6 && !(long / short < 4.5); runs++) {
      short = Math.min(short, Math.max(once(1_600_000), 0.5))
      long = Math.min(long, once(4_800_000))
    }
    // 3 times as long; quadratic would take 9 times as long.
    expect(long / short).toBeLessThan(6)
  })
})

describe('hiding', () => {
  const secret = 'hunter2'
  const forms = [
    `token=${secret}`,
    `password="a ${secret}"`,
    `"password":"${secret}"`,
    `authorization=Bearer ${secret}`,
    `Bearer ${secret}`,
    `Basic ${Buffer.from(`eve:${secret}`).toString('base64')}`,
    `https://eve:${secret}@h.example/x`,
    `Authorization: Digest ${secret}`,
    'password=abcd EFGH 1234 ijkl mnop QRST',
    `"password":\t\n  "a ${secret}"`,
    `password=\t${secret}`,
    `'password' => 'a ${secret}'`,
    `Bearer "${secret}"`,
    `?next=%2Fx%3Ftoken%3D${secret}`,
    `%7B%22token%22%3A%22${secret}%22%7D`,
    `<password>${secret}</password>`,
    `<password>a ${secret}</password>`,
    `"pass\\u0077ord":"a ${secret}"`,
    `\n  password: ${secret}\n`,
    `token: ${secret}\n`,
  ]
  const around = fc.constantFrom(
    'abc',
    '"',
    "'",
    ' ',
    '\n',
    'token=',
    'https://',
    'a:b@',
    '{',
    '}',
    ':',
    '=',
    '\\',
    '[redacted]',
    'cookie:',
  )

  test('finds every secret in any surrounding text', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(around, fc.constantFrom(...forms)), { maxLength: 12 }), (parts) => {
        const hidden = hide(parts.join(' '))
        for (const part of [secret, Buffer.from(`eve:${secret}`).toString('base64'), 'mnop'])
          expect(hidden).not.toContain(part)
      }),
      { numRuns: 1_000 },
    )
  })

  test('leaves text that is redacted already', () => {
    for (const form of forms) expect(hide(hide(form))).not.toContain(secret)
  })

  test('inserts the replacement of the service literally', () => {
    expect(redaction([], '$&***').text('token=abc abcd EFGH 1234 ijkl mnop QRST')).toBe('token=$&*** $&***')
  })
})
