import { describe, expect, test } from 'vitest'
import type { RequestInfo } from '../http/request-info.js'
import { hostCheck, isHostName, loopbackNames } from './hosts.js'

function by(headers: Record<string, string>): RequestInfo {
  return { header: (name: string) => headers[name] } as RequestInfo
}

describe('the host of a request', () => {
  const isOurs = hostCheck(loopbackNames)

  test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.0.0.1:80', '[::1]', '[::1]:65535'])(
    'may be %s',
    (host) => {
      expect(isOurs(by({ host }))).toBe(true)
    },
  )

  test.each([
    '',
    'localhost.',
    'localhost:',
    'localhost:x',
    'localhost:123456',
    'localhost:80:80',
    'localhost@evil.test',
    'evil.test',
    'evil.localhost',
    'localhost.evil.test',
    'localhost, evil.test',
    '127.0.0.1.nip.io',
    '127.1',
    '0.0.0.0',
    '2130706433',
    '::1',
    '[::1',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    'ｌocalhost',
  ])('may not be %j', (host) => {
    expect(isOurs(by({ host }))).toBe(false)
  })

  test('is the authority over HTTP/2; neither header replaces the other', () => {
    expect(isOurs(by({ ':authority': 'localhost:3000' }))).toBe(true)
    expect(isOurs(by({ ':authority': 'localhost', host: 'evil.test' }))).toBe(false)
    expect(isOurs(by({ ':authority': 'evil.test', host: 'localhost' }))).toBe(false)
    expect(isOurs(by({}))).toBe(false)
  })

  test('is refused if the list is empty', () => {
    expect(hostCheck([])(by({ host: 'localhost' }))).toBe(false)
  })
})

test('a listed name has no scheme, port, path or wildcard', () => {
  for (const good of [
    'inspector.example',
    'my_service',
    '192.0.2.7',
    '[fd00::1]',
    'LOCALHOST',
    'xn--bcher-kva.example',
  ]) {
    expect(isHostName(good)).toBe(true)
  }
  for (const bad of [
    '',
    '*',
    '*.example',
    'a.example:80',
    'http://a.example',
    'a.example/',
    '.example',
    'a..b',
    'bücher.example',
    '::1',
    7,
    null,
  ]) {
    expect([bad, isHostName(bad)]).toEqual([bad, false])
  }
})
