import { expect, test } from 'vitest'
import { checkOptions, type OptionsError } from '../options.js'
import { inspectorOptions } from './inspector-options.js'

function problemsOf(options: unknown): readonly string[] {
  try {
    checkOptions('createSpoor', options, inspectorOptions)
    return []
  } catch (error) {
    return (error as OptionsError).problems
  }
}

const authorize = () => false

test('an inspector accepts rules for readers, hosts and origins', () => {
  expect(problemsOf({ authorize })).toEqual([])
  expect(
    problemsOf({
      authorize,
      hosts: ['inspector.example', '[::1]'],
      origins: ['https://app.example', 'http://localhost:5173'],
    }),
  ).toEqual([])
  expect(problemsOf({})).toEqual(['authorize: expected a function, got undefined'])
  expect(problemsOf({ authorise: authorize, authorize })).toEqual([
    'authorise: no such option; did you mean authorize?',
  ])
})

test.each([
  '*',
  'null',
  'https://app.example/',
  'https://app.example:443',
  'https://APP.example',
  'app.example',
  'https://*.example',
  'file://x',
  'https://u:p@app.example',
])('an origin has the form that browsers send: not %s', (origin) => {
  expect(problemsOf({ authorize, origins: [origin] })).toEqual([
    expect.stringMatching(/^origins\[0\]: expected an origin .*, got /),
  ])
})

test.each(['*', 'a.example:3000', 'https://a.example', ''])(
  'a host is a name without anything else: not %j',
  (host) => {
    expect(problemsOf({ authorize, hosts: [host] })).toEqual([
      expect.stringMatching(/^hosts\[0\]: expected a host name .*, got /),
    ])
  },
)
