// Commands of the driver of MongoDB, and operations of mongoose, against a double of the server: there is no MongoDB in the
// packages that the tests can install.
import { MongoClient, type MongoClientOptions } from 'mongodb'
import mongoose from 'mongoose'
import type { StoredRecord } from 'spoor'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type FakeMongoDb, startFakeMongoDb } from './fake-mongodb.js'
import { type FollowedQueries, followQueries, openRuns } from './followed-queries.js'

const requests = 20
let server: FakeMongoDb
let followed: FollowedQueries

beforeAll(async () => {
  server = await startFakeMongoDb()
})
afterAll(() => server?.stop())
beforeEach(() => {
  followed = followQueries()
})
afterEach(() => followed.close())

const accountNow = (): string | undefined => followed.spoor.context()?.account
const summaries = ({ queryKinds }: StoredRecord): (string | undefined)[] => queryKinds.map(({ summary }) => summary)

describe('commands of mongodb', () => {
  const plainClient = (options: MongoClientOptions = {}): MongoClient => {
    const client = new MongoClient(server.url, { maxPoolSize: 2, monitorCommands: true, ...options })
    onTestFinished(() => client.close())
    return client
  }
  const clientOf = (options?: MongoClientOptions): MongoClient => followed.spoor.follow(plainClient(options))

  test.each(['cold', 'warm'])('belong to the request that sent them, with a %s client', async (state) => {
    const client = clientOf()
    if (state === 'warm') await Promise.all([1, 2].map(() => client.db().collection('warm').findOne()))
    const seen: (string | undefined)[] = []
    const records = await followed.together(requests, async (n) => {
      await client.db().collection(`r${n}`).find({ mail: 'canary' }).toArray()
      seen[n] = accountNow()
    })
    expect(records.map(summaries)).toEqual(records.map((_, n) => [`FIND r${n}`]))
    expect(records.map(({ queries }) => queries?.calls)).toEqual(records.map(() => 1))
    expect(records.map(({ queries }) => queries?.rows)).toEqual(records.map(() => 2))
    expect(openRuns(records)).toEqual([])
    expect(seen).toEqual(seen.map((_, n) => `account-${n}`))
    // Two connections for twenty requests: the last ones waited.
    expect(Math.max(...records.map(({ queries }) => queries?.poolMs ?? 0))).toBeGreaterThan(20)
    expect(JSON.stringify(records) + (await followed.text())).not.toContain('canary')
  })

  test('that fail have the code of the server, and no value anywhere', async () => {
    const client = clientOf()
    const record = await followed.record('acme', () => client.db().collection('broken').insertOne({ mail: 'canary' }))
    expect(record.queryKinds).toMatchObject([{ system: 'mongodb', namespace: 'test', summary: 'INSERT broken' }])
    expect(record.queryRuns).toMatchObject([{ errorCode: '11000' }])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('that name no collection are shown without the value of their first member', async () => {
    const client = clientOf()
    const record = await followed.record('acme', async () => {
      await client.db().command({ createUser: 'canary', pwd: 'canary', roles: [] })
      await client.db().command({ 'drop user canary': 1 })
    })
    expect(summaries(record).sort()).toEqual(['?', 'CREATEUSER'])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('that get no connection leave a failed wait, and no query', async () => {
    const client = clientOf({ maxPoolSize: 1, waitQueueTimeoutMS: 300 })
    const records = await followed.together(3, () => client.db().collection('slow').findOne())
    expect(records.map(({ queries }) => queries?.calls).sort()).toEqual([0, 0, 1])
    const lines = await followed.lines()
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^no connection/),
      expect.stringMatching(/^no connection/),
    ])
  })

  test('of a client that does not publish them are refused, with the fix', () => {
    expect(() => followed.spoor.follow(plainClient({ monitorCommands: false }))).toThrow(
      /^follow: expected a MongoClient .*new MongoClient\(url, \{ monitorCommands: true \}\)$/,
    )
  })

  test('of a client followed twice count once, and of a closed Spoor not at all', async () => {
    const client = plainClient()
    const before = client.listenerCount('commandStarted')
    expect(followed.spoor.follow(followed.spoor.follow(client))).toBe(client)
    const record = await followed.record('acme', () => client.db().collection('posts').findOne())
    expect(record.queries).toMatchObject({ calls: 1 })
    await followed.spoor.close()
    expect(client.listenerCount('commandStarted')).toBe(before)
  })
})

describe('operations of mongoose', () => {
  const connect = async (options: mongoose.ConnectOptions = {}): Promise<mongoose.Connection> => {
    const connection = mongoose.createConnection(server.url, { autoIndex: false, autoCreate: false, ...options })
    onTestFinished(() => connection.close())
    return connection.asPromise()
  }
  const modelOf = (connection: mongoose.Connection, name: string) =>
    connection.model(name, new mongoose.Schema({ title: String }), name)

  test('belong to the request that sent them, with nothing to hand over', async () => {
    const connection = await connect({ maxPoolSize: 2 })
    const seen: (string | undefined)[] = []
    const records = await followed.together(requests, async (n) => {
      await modelOf(connection, `r${n}`).find({ title: 'canary' })
      seen[n] = accountNow()
    })
    expect(records.map(summaries)).toEqual(records.map((_, n) => [`FIND r${n}`]))
    expect(records.map(({ queries }) => queries?.calls)).toEqual(records.map(() => 1))
    expect(openRuns(records)).toEqual([])
    expect(seen).toEqual(seen.map((_, n) => `account-${n}`))
    expect(JSON.stringify(records) + (await followed.text())).not.toContain('canary')
  })

  test('belong to the scope that runs a lazy query', async () => {
    const connection = await connect()
    const record = await followed.record('acme', () => modelOf(connection, 'posts').findOne())
    expect(summaries(record)).toEqual(['FINDONE posts'])
  })

  test('save, insert, change many and aggregate', async () => {
    const Post = modelOf(await connect(), 'posts')
    const record = await followed.record('acme', async () => {
      await new Post({ title: 'canary' }).save()
      await Post.insertMany([{ title: 'canary' }])
      await Post.aggregate([{ $match: { title: 'canary' } }])
    })
    expect(summaries(record).sort()).toEqual(['AGGREGATE posts', 'INSERTMANY posts', 'SAVE posts'])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('that fail have the code of the server', async () => {
    const connection = await connect()
    const record = await followed.record('acme', () => modelOf(connection, 'broken').find())
    expect(record.queryRuns).toMatchObject([{ errorCode: '11000' }])
  })

  test('of a client that was handed over count once, as its commands', async () => {
    const connection = await connect({ monitorCommands: true })
    followed.spoor.follow(connection.getClient())
    const record = await followed.record('acme', () => modelOf(connection, 'posts').find())
    expect(record.queries).toMatchObject({ calls: 1 })
    expect(summaries(record)).toEqual(['FIND posts'])
  })
})
