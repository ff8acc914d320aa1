import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { operationText, withoutOperation } from './graphql-operation.js'

const definition = (operation: unknown, name?: unknown) => ({
  kind: 'OperationDefinition',
  operation,
  ...(name === undefined ? {} : { name: { kind: 'Name', value: name } }),
})
const document = (...definitions: unknown[]) => ({ kind: 'Document', definitions })

describe('the text of an operation', () => {
  test.each([
    ['query Posts', document(definition('query', 'Posts')), undefined],
    ['mutation Publish', document(definition('query', 'Posts'), definition('mutation', 'Publish')), 'Publish'],
    ['subscription', document(definition('subscription')), null],
    ['query Posts', document({ kind: 'FragmentDefinition' }, definition('query', 'Posts')), undefined],
  ])('is %s', (text, document, operationName) => {
    expect(operationText({ document, operationName })).toBe(text)
  })

  test.each([
    [
      'has several operations and no name is asked for',
      document(definition('query', 'A'), definition('query', 'B')),
      null,
    ],
    ['has no operation of the name', document(definition('query', 'A')), 'B'],
    ['has no operation', document(), undefined],
    ['has an operation of another type', document(definition('drop', 'A')), undefined],
  ])('is unknown if the document %s', (_, document, operationName) => {
    expect(operationText({ document, operationName })).toBeUndefined()
  })

  test('has a short name of the grammar of GraphQL or none, whatever the caller sends', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^\w{0,200}$/)), (name) => {
        const text = operationText({ document: document(definition('query', name)) })
        expect(text).toMatch(/^query( [_A-Za-z][_0-9A-Za-z]{0,63})?$/)
        expect(withoutOperation(`/graphql ${text}`)).toBe('/graphql')
      }),
    )
  })
})

test.each([
  ['/graphql query Posts', '/graphql'],
  ['/graphql mutation', '/graphql'],
  ['/graphql 3 operations', '/graphql'],
  ['/* subscription _', '/*'],
  ['/graphql', undefined],
  ['/search/:query', undefined],
  ['/a query A B', undefined],
])('the route without an operation of %j is %j', (route, plain) => {
  expect(withoutOperation(route)).toBe(plain)
})
