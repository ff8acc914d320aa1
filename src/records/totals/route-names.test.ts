import { expect, test } from 'vitest'
import { RouteNames } from './route-names.js'

const operation = (at: number) => `/graphql query Q${at}`

test('operations of one route beyond the first 100 have the number of the route, until others are forgotten', () => {
  const names = new RouteNames()
  const first = Array.from({ length: 100 }, (_, at) => names.idOf('POST', operation(at)))
  for (const id of first) names.use(id)
  const route = names.idOf('POST', '/graphql')
  expect(new Set([...first, route]).size).toBe(101)
  expect(names.idOf('POST', operation(100))).toBe(route)
  expect(names.idOf('POST', operation(7))).toBe(first[7])
  names.release(first[7] as number)
  expect(names.nameOf(names.idOf('POST', operation(100)))).toEqual({ method: 'POST', route: operation(100) })
  expect(names.idOf('POST', operation(7))).toBe(route)
})

test('operations of other routes, and jobs that are called like operations, have numbers of their own', () => {
  const names = new RouteNames()
  for (let at = 0; at < 100; at++) names.idOf('POST', operation(at))
  const idOf = (route: string) => names.nameOf(names.idOf('POST', route)).route
  expect(idOf('/admin query Q100')).toBe('/admin query Q100')
  const jobs = Array.from({ length: 102 }, (_, at) => names.idOfNamed('job', `sync query Q${at}`))
  expect(new Set(jobs).size).toBe(102)
})
