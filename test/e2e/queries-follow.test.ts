// `spoor.follow`, whatever client it gets. No database is needed.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { MongoClient } from 'mongodb'
import mysql from 'mysql2'
import mysqlPromises from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type FollowedQueries, followQueries } from './followed-queries.js'

describe('spoor.follow', () => {
  let followed: FollowedQueries

  beforeEach(() => {
    followed = followQueries()
  })
  afterEach(() => followed.close())

  test('refuses a client that it does not know, with the list of those it takes', () => {
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('canary')
        },
      },
    )
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    for (const unknown of [{}, [], () => {}, new Map(), Object.create(null), throwing, revoked.proxy, 7, 'x', null]) {
      const follow = (): unknown => followed.spoor.follow(unknown as object)
      expect(follow).toThrow(TypeError)
      for (const name of ['pg', 'mysql2', 'ioredis', 'node-redis', 'postgres.js', 'MongoClient', 'node:sqlite'])
        expect(follow).toThrow(name)
      expect(follow).toThrow('follow({ system, summary }, fn)')
      expect(follow).not.toThrow('canary')
    }
  })

  test('passes on a configuration whose getters throw, and the error is that of pg', async () => {
    const config = (): object => ({
      get text(): string {
        throw new RangeError('getter')
      },
    })
    const plain = new pg.Client({ host: '127.0.0.1', port: 1 })
    const client = followed.spoor.follow(new pg.Client({ host: '127.0.0.1', port: 1 }))
    const thrownBy = (one: pg.Client): unknown => {
      try {
        const result = one.query(config() as pg.QueryConfig)
        result.catch(() => {})
        return 'nothing thrown'
      } catch (error) {
        return error
      }
    }
    expect(thrownBy(client)).toEqual(thrownBy(plain))
  })

  test('leaves the class, the stack of errors and their type as they are', async () => {
    const pool = followed.spoor.follow(new pg.Pool({ host: '127.0.0.1', port: 1 }))
    expect(pool).toBeInstanceOf(pg.Pool)
    const error: unknown = await pool.query('select 1').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    await pool.end()
  })

  test.each<[string, (follow: <T extends object>(client: T) => T) => unknown]>([
    [
      'pg',
      (follow) => {
        const pool = follow(new pg.Pool({ host: '127.0.0.1', port: 1 }))
        return [pool.query('select 1'), pool.connect()]
      },
    ],
    ['mysql2', (follow) => follow(mysqlPromises.createPool({ socketPath: '/nothing/there' })).query('select 1')],
    ['node-redis', (follow) => follow(createClient()).get('key')],
    [
      'mongodb',
      (follow) => {
        const options = { monitorCommands: true, serverSelectionTimeoutMS: 50 }
        return follow(new MongoClient('mongodb://127.0.0.1:1', options)).db().collection('posts').findOne()
      },
    ],
    ['a function', () => followed.spoor.follow({ system: 'cassandra' }, () => Promise.reject(new Error('refused')))],
  ])('of %s reports as many unhandled rejections as without it', async (client, send) => {
    const without = await unhandledOf(() => send((same) => same))
    const withIt = await unhandledOf(() => send((one) => followed.spoor.follow(one)))
    expect(withIt).toEqual(without)
    expect(without).toHaveLength(client === 'pg' ? 2 : 1)
  })

  test('reports no rejection that the service handles', async () => {
    const pool = followed.spoor.follow(new pg.Pool({ host: '127.0.0.1', port: 1 }))
    const last = (): Promise<never> => Promise.reject(new Error('unhandled'))
    expect(await unhandledOf(() => void pool.connect().catch(last))).toEqual(['unhandled'])
    const failing = (): Promise<never> => Promise.reject(new Error('handled'))
    expect(await unhandledOf(() => void followed.spoor.follow({ system: 'cassandra' }, failing).catch(last))).toEqual([
      'unhandled',
    ])
  })

  test('of two instances counts once, and ends with the last of them', async () => {
    const other = followQueries()
    onTestFinished(() => other.close())
    const pool = followed.spoor.follow(new pg.Pool({ host: '127.0.0.1', port: 1 }))
    expect(other.spoor.follow(pool)).toBe(pool)
    const record = await followed.record('acme', () => pool.query('select 1'))
    expect(record.queries).toMatchObject({ calls: 0 })
    await followed.spoor.close()
    expect(Object.hasOwn(pool, 'connect')).toBe(true)
    await other.spoor.close()
    expect(Object.hasOwn(pool, 'connect')).toBe(false)
    expect(pool.listenerCount('release')).toBe(0)
  })

  test('after close changes no client', async () => {
    await followed.spoor.close()
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
    expect(followed.spoor.follow(pool)).toBe(pool)
    expect(Object.hasOwn(pool, 'connect')).toBe(false)
    expect(pool.listenerCount('release')).toBe(0)
  })

  test('after close follows nothing, and the channels of clients have no listener left', async () => {
    await followed.spoor.close()
    const started: unknown[] = []
    const listener = (message: unknown): void => {
      started.push(Object.getOwnPropertySymbols(message as object))
    }
    subscribe('tracing:mysql2:query:start', listener)
    onTestFinished(() => void unsubscribe('tracing:mysql2:query:start', listener))
    const connection = mysql.createConnection({ socketPath: '/nothing/there' })
    connection.on('error', () => {})
    await new Promise<void>((resolve) => connection.query('select 1', () => resolve()))
    // Spoor would have left its query on the message.
    expect(started).toEqual([[]])
  })
})

/** The messages of the rejections that Node reports because no code handles them. */
async function unhandledOf(send: () => unknown): Promise<string[]> {
  const messages: string[] = []
  const before = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (error: Error) => messages.push(error.message))
  try {
    send()
    await expect.poll(() => messages.length).toBeGreaterThan(0)
    // A second report of the same rejection would come now.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    return messages
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of before) process.on('unhandledRejection', listener)
  }
}
