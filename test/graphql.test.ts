// The operation of a GraphQL request is part of its route, in each GraphQL server, over real sockets.
import { tracingChannel } from 'node:diagnostics_channel'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApolloServer } from '@apollo/server'
import { expressMiddleware } from '@as-integrations/express5'
import express from 'express'
import { fastify } from 'fastify'
import type * as Graphql from 'graphql'
import { createHandler } from 'graphql-http/lib/use/http'
import { mercurius } from 'mercurius'
import { createSpoor, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorGraphql } from 'spoor/graphql'
import { spoorNode } from 'spoor/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logsIn } from './conformance/service.js'

// Vite takes the module of graphql 16, Node the CommonJS file, which the servers use. Their classes differ.
const load = createRequire(import.meta.url)
const { execute, GraphQLObjectType, GraphQLSchema, GraphQLString, parse }: typeof Graphql = load('graphql')
// The types of GraphQL Yoga bring those of browsers, which contradict those of Node. docs.test.ts compiles its example.
const { createYoga }: { createYoga(options: object): RequestListener } = load('graphql-yoga')

const text = { type: GraphQLString, resolve: () => 'text' }

function newSchema(): Graphql.GraphQLSchema {
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { posts: text } }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: { publish: text } }),
  })
}

/** Puts a GraphQL server into a service. */
type Serve = (spoor: Spoor) => Promise<Server>

const servers: Readonly<Record<string, Serve>> = {
  'graphql-http': async (spoor) => {
    const handler = createHandler({ schema: newSchema(), onOperation: spoorGraphql.onOperation })
    return createServer(spoorNode(spoor, { handler }))
  },
  'graphql-http, by the channel of graphql 17': async (spoor) => {
    const handler = createHandler({ schema: newSchema(), execute: executeAsGraphql17 })
    return createServer(spoorNode(spoor, { handler }))
  },
  'Apollo Server': async (spoor) => {
    const apollo = new ApolloServer({
      schema: newSchema(),
      allowBatchedHttpRequests: true,
      csrfPrevention: false,
      plugins: [spoorGraphql],
    })
    await apollo.start()
    onTestFinished(() => apollo.stop())
    const app = express().use(spoorExpress(spoor))
    app.use('/graphql', express.json(), expressMiddleware(apollo))
    return createServer(app)
  },
  Mercurius: async (spoor) => {
    const app = fastify()
    app.register(mercurius, { schema: newSchema(), allowBatchedQueries: true, jit: 1 })
    await app.ready()
    app.graphql.addHook('preExecution', spoorGraphql.preExecution)
    onTestFinished(() => app.close())
    spoor.attach(app.server)
    return app.server
  },
  'GraphQL Yoga': async (spoor) => {
    const yoga = createYoga({ schema: newSchema(), batching: true, logging: false, plugins: [spoorGraphql] })
    return createServer(spoorNode(spoor, { handler: yoga }))
  },
}

/** `execute` of graphql 16 with the channel of graphql 17, which servers for 16 cannot use yet. */
const executeAsGraphql17: typeof execute = (args) =>
  tracingChannel('graphql:execute').traceSync(execute, { ...args, operationType: 'query' }, undefined, args)

const batches = Object.entries(servers).filter(([name]) => !name.startsWith('graphql-http'))

interface Line {
  readonly route?: string
  readonly method: string
  readonly status: number
}

async function service(serve: Serve, { inspector = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-graphql-'))
  const logs = logsIn(directory)
  const spoor = createSpoor({
    service: 'test',
    logs,
    ...(inspector ? { inspector: { authorize: () => 'all' as const } } : {}),
  })
  const server = await serve(spoor)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const { port } = server.address() as AddressInfo
  const send = async (body: unknown, path = '/graphql') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    })
    return answer.json()
  }
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept: 'application/json' } })
  const lines = async (): Promise<Line[]> => {
    server.closeAllConnections()
    await spoor.close()
    await logs.flush()
    const all = readFileSync(join(directory, 'requests.jsonl'), 'utf8').trim().split('\n')
    return all.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'request')
  }
  return { spoor, server, send, get, lines, directory }
}

async function routesOf(serve: Serve, bodies: readonly unknown[]): Promise<(string | undefined)[]> {
  const { send, lines } = await service(serve)
  for (const body of bodies) await send(body)
  return (await lines()).map(({ route }) => route)
}

const both = 'query Posts { posts } query Again { again: posts }'

describe.each(Object.entries(servers))('in %s', (_, serve) => {
  test('the route of a request ends with the type and name of its operation', async () => {
    const bodies = [
      { query: 'query Posts { posts }' },
      { query: 'mutation Publish { publish }' },
      { query: '{ posts }' },
      { query: both, operationName: 'Again' },
    ]
    const { send, lines } = await service(serve)
    for (const body of bodies) expect(await send(body)).toMatchObject({ data: expect.anything() })
    expect(await lines()).toMatchObject([
      { method: 'POST', route: '/graphql query Posts', status: 200 },
      { method: 'POST', route: '/graphql mutation Publish' },
      { method: 'POST', route: '/graphql query' },
      { method: 'POST', route: '/graphql query Again' },
    ])
  })

  test('an operation asked for by GET, again and again, has the same route', async () => {
    const { get, lines } = await service(serve)
    const query = new URLSearchParams({ query: both, operationName: 'Posts' })
    for (let at = 0; at < 4; at++) expect((await get(`/graphql?${query}`)).status).toBe(200)
    const routes = (await lines()).map(({ method, route }) => `${method} ${route}`)
    expect(routes).toEqual(Array(4).fill('GET /graphql query Posts'))
  })

  test('a request whose document is invalid has no operation in its route', async () => {
    const bodies = [{ query: 'query Posts {' }, { query: 'query Posts { unknown }' }, { query: both }]
    for (const route of await routesOf(serve, bodies)) expect(route ?? '/graphql').toBe('/graphql')
  })

  test('a name that looks like a secret or an id is left out, and a long one is cut', async () => {
    const names = ['sk_live_4eC39HqLyjWDarjtT1zdp7dc', 'Post_550e8400e29b41d4a716446655440000', 'A'.repeat(100_000)]
    const routes = await routesOf(
      serve,
      names.map((name) => ({ query: `query ${name} { posts }` })),
    )
    expect(routes).toEqual(['/graphql query', '/graphql query', `/graphql query ${'A'.repeat(64)}`])
  })
})

test.each(batches)('in %s, the route of a batch says how many operations it has', async (_, serve) => {
  const batch = [
    { query: both, operationName: 'Posts' },
    { query: both, operationName: 'Again' },
    { query: '{ posts }' },
  ]
  expect(await routesOf(serve, [batch, [batch[1]]])).toEqual(['/graphql 3 operations', '/graphql query Again'])
})

test('an operation that a server reports and graphql publishes is one operation', async () => {
  const serve: Serve = async (spoor) => {
    const { onOperation } = spoorGraphql
    const handler = createHandler({ schema: newSchema(), onOperation, execute: executeAsGraphql17 })
    return createServer(spoorNode(spoor, { handler }))
  }
  expect(await routesOf(serve, [{ query: 'query Posts { posts }' }])).toEqual(['/graphql query Posts'])
})

test('an operation that another schema executes within an operation is part of that operation', async () => {
  const inner = newSchema()
  const ask = { type: GraphQLString, resolve: () => executeAsGraphql17({ schema: inner, document: parsed }) && 'text' }
  const parsed = parse('query Inner { posts }')
  const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { posts: ask } }) })
  const serve: Serve = async (spoor) =>
    createServer(spoorNode(spoor, { handler: createHandler({ schema, execute: executeAsGraphql17 }) }))
  expect(await routesOf(serve, [{ query: 'query Outer { posts }' }])).toEqual(['/graphql query Outer'])
})

describe('the endpoint', () => {
  test('is the pattern of its mounts in Express', async () => {
    const serve: Serve = async (spoor) => {
      const yoga = createYoga({ schema: newSchema(), logging: false, plugins: [spoorGraphql], graphqlEndpoint: '*' })
      const inner = express.Router().use('/graphql', yoga)
      return createServer(express().use(spoorExpress(spoor)).use('/t/:tenant', inner))
    }
    const { send, lines } = await service(serve)
    await send({ query: 'query Posts { posts }' }, '/t/acme/graphql')
    expect(await lines()).toMatchObject([{ route: '/t/:tenant/graphql query Posts' }])
  })

  test('is the path without ids where no route matched, for 20 paths; callers cannot make more', async () => {
    const { send, lines } = await service(servers['graphql-http'] as Serve)
    const ask = (path: string) => send({ query: '{ posts }' }, path)
    await ask('/graphql')
    await ask('/tenants/42/graphql')
    await ask('/%00')
    for (let at = 0; at < 40; at++) await ask(`/${at}a`)
    const routes = (await lines()).map(({ route }) => route)
    expect(routes.slice(0, 3)).toEqual(['/graphql query', '/tenants/:id/graphql query', '/* query'])
    expect(new Set(routes).size).toBeLessThanOrEqual(21)
    expect(routes.at(-1)).toBe('/* query')
  })
})

test('the totals, the records and the list of requests name the operation; further operations of a route count for the route', async () => {
  const serve: Serve = async (spoor) => {
    const handler = createHandler({ schema: newSchema(), onOperation: spoorGraphql.onOperation })
    return createServer(spoorNode(spoor, { account: () => ({ account: 'acme' }), inspector: '/_spoor', handler }))
  }
  const { send, get } = await service(serve, { inspector: true })
  const items = async (path: string) => ((await (await get(path)).json()) as { items: UsageRow[] }).items
  for (let at = 0; at < 130; at++) await send({ query: `query Q${at} { posts }` })
  const listed = await items('/_spoor/api/requests?limit=1&route=/graphql%20query%20Q129')
  expect(listed).toMatchObject([{ route: '/graphql query Q129' }])
  const used = await items('/_spoor/api/routes?by=requests')
  const rows: [string, number][] = used.map(({ method, route, requests }: UsageRow) => [`${method} ${route}`, requests])
  expect(rows[0]).toEqual(['POST /graphql', 30])
  expect(rows).toContainEqual(['POST /graphql query Q0', 1])
})

interface UsageRow {
  readonly method: string
  readonly route: string
  readonly requests: number
}
