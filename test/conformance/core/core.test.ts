import { describe, expect, test } from 'vitest'
import { coreCases, runsCore } from '../cases.js'
import { plainNode } from '../node.js'
import { conformance } from '../suite.js'

// Through plain node:http, because it adds the least.
const fixture = { ...plainNode, lacks: {} }

if (runsCore) conformance(fixture, coreCases, coreCases, 'core')
else {
  describe('core', () => {
    test('runs on other versions of Node', () => expect(coreCases.length).toBeGreaterThan(0))
  })
}
