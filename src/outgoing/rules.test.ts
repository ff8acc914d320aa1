import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHost, rulesOf } from './rules.js'
import { targetOf } from './target.js'

const rule = rulesOf(
  [
    { host: 'Blog.example', propagate: true },
    { host: 'blog.example:8080' },
    { host: '[::1]:3000' },
    { host: 'bücher.example' },
  ],
  () => {
    throw new Error('no logger is named')
  },
)
const has = (address: string): boolean => {
  const { origin, pathname } = new URL(address)
  return rule(targetOf('GET', origin, pathname)?.origin ?? '') !== undefined
}

describe('a rule', () => {
  it.each([
    'https://blog.example/',
    'http://blog.example/',
    'https://blog.example:443/',
    'https://BLOG.example/x',
    'http://blog.example:8080/',
    'https://blog.example:8080/',
    'http://[::1]:3000/',
    'http://[0:0:0:0:0:0:0:1]:3000/',
    'https://xn--bcher-kva.example/',
  ])('exists for %s', (address) => {
    expect(has(address)).toBe(true)
  })

  it.each([
    'http://blog.example:443/',
    'https://blog.example:80/',
    'https://blog.example:8081/',
    'https://www.blog.example/',
    'https://blog.example.evil.example/',
    'https://blog.example./',
    'https://evilblog.example/',
    'https://blog.example@evil.example/',
    'http://[::1]/',
  ])('does not exist for %s', (address) => {
    expect(has(address)).toBe(false)
  })
})

describe('a host', () => {
  it.each(['blog.example', 'localhost:3000', '127.0.0.1:80', '[::1]', '[::1]:3000', 'bücher.example'])(
    '%s is a host',
    (host) => expect(isHost(host)).toBe(true),
  )

  it.each([
    '',
    'https://blog.example',
    'blog.example/path',
    '*.example',
    'a:b@c',
    'blog.example:99999',
    'a b',
    '::1',
    7,
    undefined,
  ])('%j is not a host', (host) => expect(isHost(host)).toBe(false))
})

describe('a target', () => {
  it('is the target behind a proxy if the path is an absolute URL', () => {
    const target = targetOf('GET', 'http://proxy.example:3128', 'http://blog.example/posts?x=1')
    expect(target).toMatchObject({ origin: 'http://blog.example:80', host: 'blog.example', path: '/posts' })
  })

  it('is undefined for an address of another protocol', () => {
    expect(targetOf('GET', 'ftp://blog.example', '/')).toBeUndefined()
    expect(targetOf('GET', 'nonsense', '/')).toBeUndefined()
  })

  it('never throws, and its origin always has scheme, name and port', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), fc.string(), (origin, path) => {
        const target = targetOf('GET', origin, path)
        if (target !== undefined) expect(target.origin).toMatch(/^https?:\/\/[^/]+:\d+$/)
      }),
    )
  })
})
