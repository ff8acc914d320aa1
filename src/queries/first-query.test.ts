import { channel as channelOf, tracingChannel } from 'node:diagnostics_channel'
import { afterEach, expect, test, vi } from 'vitest'
import { createContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import { watchChannels } from './channels.js'
import { beginnings, watchFromFirstQuery } from './first-query.js'
import { watchQueries } from './registry.js'
import { Tracing } from './tracing.js'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Follows queries as an instance does. @returns the errors that were reported */
function following(): unknown[] {
  const faults: unknown[] = []
  const nothing = (): void => {}
  const watcher = { hasLines: false, onError: nothing, onQuery: nothing, onWait: nothing }
  stops.push(watchQueries({ ...watcher, onFault: (error) => faults.push(error) }, watchFromFirstQuery))
  return faults
}

test('the channels of the first query are those on which the clients say that a query or a wait begins', () => {
  const on = vi.spyOn(Tracing.prototype, 'on')
  const onPlain = vi.spyOn(Tracing.prototype, 'onPlain')
  watchChannels()()
  const starts = on.mock.calls.filter(([, event]) => event === 'start').map(([name]) => `tracing:${name}:start`)
  const names = [...starts, ...onPlain.mock.calls.map(([name]) => name)]
  expect(names.filter((name) => name !== 'node-redis:connection:closed').sort()).toEqual([...beginnings].sort())
})

test('the first query of a process is followed, with its end, and counts once', async () => {
  const faults = following()
  const context = createContext('request')
  const channel = tracingChannel('mysql2:query')
  const query = (text: string) => channel.tracePromise(async () => [1, 2], { query: text, database: 'blog' })
  await runWith(context, () => query('select * from posts where id = 7'))
  await runWith(context, () => query('select 1'))
  const { queries } = context.work
  expect(queries?.runs.map(({ kind, end, rows }) => [kind.text, end !== undefined, rows])).toEqual([
    ['select * from posts where id = ?', true, 2],
    ['select ?', true, 2],
  ])
  expect(faults).toEqual([])
})

test('nothing listens to the channels after the end, neither before nor after a first query', async () => {
  const channel = tracingChannel('mongoose:query')
  for (const asks of [false, true]) {
    following()
    expect(channel.start.hasSubscribers).toBe(true)
    if (asks) await channel.tracePromise(async () => [], { operation: 'find', collection: 'posts' })
    for (const stop of stops.splice(0)) stop()
    expect(beginnings.map((name) => [name, channelOf(name).hasSubscribers])).toEqual(
      beginnings.map((name) => [name, false]),
    )
  }
})
