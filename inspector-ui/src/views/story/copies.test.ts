import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curlOf } from './copies.js'
import { timeOfId } from './id-time.js'

describe('a copy as cURL', () => {
  test('has the method, the URL and the content type', () => {
    expect(curlOf({ method: 'POST', path: '/api/v1/publish' }, 'http://localhost:3000')).toBe(
      "curl -X POST \\\n  'http://localhost:3000/api/v1/publish' \\\n  -H 'Content-Type: application/json'",
    )
    expect(curlOf({ method: 'GET', path: '/a%20b' }, 'http://x')).toBe("curl \\\n  'http://x/a%20b'")
  })

  test('that measures asks for it, and leaves room for a token', () => {
    const copied = curlOf({ method: 'GET', path: '/' }, 'http://x', { isMeasured: true })
    expect(copied).toContain("-H 'X-Debug-Resource-Tracking: true'")
    expect(copied).toContain("-H 'Authorization: Bearer …'")
  })

  test('is one command for a shell, whatever the method and the path are', () => {
    const hostile = ["/';touch x;'", '/$(id)`id`', '/a\nb', '/\u001b[2J\u202e', '/"\\', '/\ud800', '/é😀', '/a;b&c|d>e']
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' })), fc.string(), (path, method) => {
        const copied = curlOf({ path, method }, 'http://x')
        expect(copied).toMatch(
          /^curl(?: -X [A-Z-]+| -I)? \\\n {2}'http:\/\/x\/[\x21-\x26\x28-\x7e]*'(?: \\\n {2}-H 'Content-Type: application\/json')?$/,
        )
      }),
    )
    for (const path of hostile) {
      const command = curlOf({ path, method: 'GET' }, 'http://x').replace(/^curl/, "printf '%s|'")
      const printed = execFileSync('sh', ['-c', command], { encoding: 'utf8' })
      expect(printed.match(/\|/g)?.length).toBe(1)
      expect(printed.startsWith('http://x/')).toBe(true)
    }
  })
})

test('the time of an id is in it, if it is a UUID of version 7', () => {
  expect(timeOfId('01a20dde-1314-7c1e-9b52-6f0d3a81c7e4')).toBe(0x01a20dde1314)
  expect(timeOfId('01a20dde-1314-4c1e-9b52-6f0d3a81c7e4')).toBeUndefined()
  expect(timeOfId('from-a-proxy')).toBeUndefined()
})
