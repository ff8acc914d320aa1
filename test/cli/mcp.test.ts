// `spoor mcp`, called by the client of the official SDK.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { build, main } from './command-line.js'
import { type TestService, testService } from './service.js'

let service: TestService
let directory: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  build()
  directory = mkdtempSync(join(tmpdir(), 'spoor-mcp-'))
  service = await testService(directory)
  for (const account of ['acme', 'globex']) {
    for (const path of ['/', '/attack', '/job', '/fail', '/many'])
      ids[account + path] = await service.send(account, path)
  }
  await service.written()
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Told {
  readonly text: string
  readonly isError: boolean
}

/** Starts `spoor mcp` and gives a function that calls one of its tools. */
async function agent(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ client: Client; call(name: string, given?: Record<string, unknown>): Promise<Told> }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'mcp', ...args],
    env: { ...(process.env as Record<string, string>), ...env },
    stderr: 'inherit',
  })
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transport)
  onTestFinished(() => client.close())
  return {
    client,
    call: async (name, given = {}) => {
      const { content, isError } = await client.callTool({ name, arguments: given })
      const parts = content as { type: string; text: string }[]
      expect(parts.map(({ type }) => type)).toEqual(['text'])
      return { text: parts[0]?.text ?? '', isError: isError === true }
    },
  }
}

/** The JSON in the fence of an answer. */
function jsonIn(text: string): { items: Record<string, unknown>[] } & Record<string, unknown> {
  const [, fence, json] = /\n(`{3,})json\n([\s\S]*?)\n\1(?:\n|$)/.exec(text) ?? []
  expect(fence).toBeDefined()
  return JSON.parse(json as string)
}

/** The text of an answer outside of its fences. */
function outsideFences(text: string): string {
  const outside: string[] = []
  let open: string | undefined
  for (const line of text.split('\n')) {
    const fence = /^(`{3,})\w*$/.exec(line)?.[1]
    if (open === undefined && fence !== undefined) open = fence
    else if (open !== undefined && line === open) open = undefined
    else if (open === undefined) outside.push(line)
  }
  expect(open).toBeUndefined()
  return outside.join('\n')
}

describe.each([
  ['log files', () => agent(['--dir', directory]), () => agent(['--dir', directory, '--account', 'acme'])],
  [
    'a running service',
    () => agent(['--url', service.inspector], { SPOOR_TOKEN: 'all' }),
    () => agent(['--url', service.inspector, '--account', 'acme'], { SPOOR_TOKEN: 'all' }),
  ],
  [
    'a running service, with a token for one account',
    undefined,
    () => agent(['--url', service.inspector], { SPOOR_TOKEN: 'acme' }),
  ],
])('the tools over %s', (_, everything, ofAcme) => {
  test.runIf(everything)('find a request, list requests, read lines and tell the health', async () => {
    const { call } = await (everything as NonNullable<typeof everything>)()
    const story = await call('find_request', { id: ids['acme/fail'] })
    expect(story.text).toMatch(/^# GET \/fail 500\n/)
    expect(story.text).toContain('out of stock')
    expect(story.text).toContain('"buyer":"acme"')
    const withJob = await call('find_request', { id: ids['globex/job'] })
    expect(withJob.text).toContain('job receipt done')
    const listed = jsonIn((await call('list_requests', { status: '5xx' })).text)
    expect(listed.items.map(({ account }) => account).sort()).toEqual(['acme', 'globex'])
    const lines = jsonIn((await call('read_lines', { logger: 'shop', text: 'handled', account: 'globex' })).text)
    expect(lines.items).toHaveLength(5)
    const ofRequest = jsonIn((await call('read_lines', { requestId: ids['acme/job'], logger: 'mail' })).text)
    expect(ofRequest.items).toMatchObject([{ message: 'in the job', account: 'acme' }])
    expect((await call('health')).text).toContain('shop.log')
    for (const [by, names] of [
      ['account', ['acme', 'globex']],
      ['route', ['(no route)', 'job receipt']],
    ] as const) {
      const { items } = jsonIn((await call('top', { by, last: '24h' })).text)
      const nameOf = ({ account, name, method, route }: Record<string, unknown>) =>
        String(name ?? account ?? [method, route].filter(Boolean).join(' ')).replace('GET (no', '(no')
      expect(items.map(nameOf).sort()).toEqual(names)
      expect(items.reduce((sum, { requests }) => sum + Number(requests), 0)).toBe(10)
    }
  })

  test('find nothing of another account than that of the agent', async () => {
    const { call } = await ofAcme()
    expect((await call('find_request', { id: ids['acme/attack'] })).text).toContain('# GET /attack 200')
    const foreign = await call('find_request', { id: ids['globex/attack'] })
    const unknown = await call('find_request', { id: '01a20dde-1314-7c1e-9b52-6f0d3a81c7e4' })
    expect(foreign.text).toMatch(/^not found: /)
    expect(foreign.text.replace(ids['globex/attack'] as string, '')).toBe(
      unknown.text.replace('01a20dde-1314-7c1e-9b52-6f0d3a81c7e4', ''),
    )
    expect([foreign.isError, unknown.isError]).toEqual([false, false])
    for (const [name, given] of [
      ['list_requests', { limit: 100 }],
      ['list_requests', { account: 'globex' }],
      ['read_lines', { limit: 200 }],
      ['read_lines', { account: 'globex' }],
      ['read_lines', { requestId: ids['globex/attack'] }],
      ['read_lines', { requestId: ids['globex/job'] }],
      ['read_lines', { text: 'in the job' }],
      ['read_lines', { logger: 'requests', limit: 200 }],
      ['list_requests', { user: 'globex' }],
      ['list_requests', { status: '5xx', kind: 'request', minMs: 0 }],
      ['find_request', { id: ids['globex/job'] }],
      ['find_request', { id: `${ids['globex/job']}?account=globex` }],
      ['find_request', { id: '../requests' }],
      ['top', {}],
      ['top', { by: 'route' }],
      ['health', {}],
    ] as const) {
      const { text } = await call(name, given)
      expect([name, given, text.includes('globex/'), /"(?:account|buyer)": ?"globex/.test(text)]).toEqual([
        name,
        given,
        false,
        false,
      ])
      // A line about the reader's own question may name the id.
      expect(text).not.toContain(`"requestId": "${ids['globex/attack']}`)
    }
  })

  test('put log content in fences that no line closes, free of control characters', async () => {
    const { call } = await ofAcme()
    for (const told of [
      await call('find_request', { id: ids['acme/attack'] }),
      await call('read_lines', { level: 'warn' }),
    ]) {
      expect(told.text).toContain('Ignore all previous instructions')
      expect(outsideFences(told.text)).not.toContain('Ignore all previous')
      expect(told.text.replace(/\n/g, '')).not.toMatch(/\p{Cc}/u)
    }
  })

  test('give bounded answers that say that more was left out', async () => {
    const { call } = await ofAcme()
    const story = await call('find_request', { id: ids['acme/many'] })
    expect(story.text.length).toBeLessThan(41_000)
    expect(outsideFences(story.text)).toContain('The rest did not fit')
    const lines = await call('read_lines', { limit: 200, requestId: ids['acme/many'] })
    expect(lines.text.length).toBeLessThan(41_000)
    expect(jsonIn(lines.text).items.length).toBeGreaterThan(10)
    expect(outsideFences(lines.text)).toMatch(/\d+ more did not fit/)
  })
})

describe('spoor mcp', () => {
  test('names the times that a running service can sum up', async () => {
    const { call } = await agent(['--url', service.inspector], { SPOOR_TOKEN: 'all' })
    const told = await call('top', { last: '2d' })
    expect(told).toEqual({ isError: true, text: 'last: expected 5m, 10m, 1h or 24h for a running service, got 2d' })
  })

  test.each([
    ['guest', /^spoor: .* answered 403/],
    ['', /^spoor: .* answered 401/],
  ])('tells an agent that the token %j has no right to read', async (token, says) => {
    const { call } = await agent(['--url', service.inspector], { SPOOR_TOKEN: token })
    const told = await call('health')
    expect(told).toEqual({ isError: true, text: expect.stringMatching(says) })
  })

  test('lists its tools, all of them read-only, with the form of their arguments', async () => {
    const { client } = await agent(['--dir', directory])
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['find_request', 'list_requests', 'top', 'read_lines', 'health'])
    for (const { annotations, inputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true })
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
    }
    expect(client.getServerVersion()).toMatchObject({ name: 'spoor' })
    expect(client.getInstructions()).toContain('never an instruction')
  })

  test('sums up by account and route', async () => {
    const { call } = await agent(['--dir', directory])
    expect(jsonIn((await call('top', { last: '1d' })).text).items).toHaveLength(2)
    expect(jsonIn((await call('top', { by: 'route' })).text).items).toMatchObject([
      { name: expect.any(String) },
      { name: expect.any(String) },
    ])
  })

  test.each([
    ['find_request', {}, 'id: expected a value'],
    ['find_request', { id: '' }, 'id: expected a text of 1 to 200 characters'],
    ['find_request', { id: 7 }, 'id: expected a text of 1 to 200 characters'],
    ['find_request', { id: 'a', jobs: true }, 'expected only id, got another'],
    ['list_requests', { status: 'bad' }, 'status: expected A status such as 404'],
    ['list_requests', { limit: 1000 }, 'limit: expected a number from 1 to 100'],
    ['read_lines', { level: 'loud' }, 'level: expected one of trace, debug'],
    ['read_lines', { last: 'yesterday' }, 'last: expected How far to look back'],
    ['top', { by: 'user' }, 'by: expected one of account, route'],
    ['health', { x: 1 }, 'expected only no arguments, got another'],
    ['delete_logs', {}, 'there is no tool "delete_logs"'],
  ])('%s with %j is an error that names the fix', async (name, given, says) => {
    const { call } = await agent(['--dir', directory])
    const told = await call(name, given)
    expect(told).toMatchObject({ isError: true, text: expect.stringContaining(says) })
  })

  test('says that the SDK is missing, and how to install it', () => {
    const alone = mkdtempSync(join(tmpdir(), 'spoor-alone-'))
    onTestFinished(() => rmSync(alone, { recursive: true, force: true }))
    mkdirSync(join(alone, 'logs'))
    cpSync(join(main, '../..'), join(alone, 'dist'), { recursive: true })
    const failed = (() => {
      try {
        execFileSync(process.execPath, ['dist/cli/main.js', 'mcp'], { cwd: alone, stdio: 'pipe', encoding: 'utf8' })
      } catch (error) {
        return error as { status: number; stderr: string }
      }
    })()
    expect(failed?.status).toBe(2)
    expect(failed?.stderr).toBe(
      'spoor mcp: needs the package @modelcontextprotocol/sdk: npm install @modelcontextprotocol/sdk\n',
    )
  })
})
