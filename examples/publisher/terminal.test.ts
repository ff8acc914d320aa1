// What a person sees who starts the example in a terminal.
import { spawnSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import { addressIn, npmStartInTerminal } from './testing/process.js'

const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

const acme = { authorization: 'Bearer acme-admin' }
const post = (body: object, headers: Record<string, string> = acme): RequestInit => ({
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const requests: [string, RequestInit?][] = [
  ['/'],
  ['/api/v1/posts', { headers: acme }],
  ['/api/v1/publish', post({ title: 'A title', content: 'Some content' })],
  [
    '/api/v1/publish',
    post({ title: 'A title', content: 'Some content' }, { authorization: 'Bearer globex-developer' }),
  ],
  ['/api/v1/publish', post({ title: 'A title' })],
  ['/api/v1/work?cpuMs=5&waitMs=5', { headers: acme }],
  ['/api/v1/fail?how=throw', { headers: acme }],
  ['/api/v1/fail?how=404', { headers: acme }],
  ['/nowhere'],
  ['/_spoor/api/requests?limit=5', { headers: acme }],
]

test.skipIf(!hasTerminal)(
  'in a terminal of 80 columns, 9 of 10 requests have one row, and a failure is one red entry',
  { timeout: 120_000 },
  async () => {
    const started = npmStartInTerminal(80, { PORT: '0', TERM: 'xterm', NO_COLOR: '', FORCE_COLOR: '1' })
    const url = await addressIn(started)
    const ids: string[] = []
    for (const [path, init] of requests) {
      const response = await fetch(`${url}${path}`, init)
      await response.text()
      ids.push(String(response.headers.get('x-request-id')).slice(-8))
    }
    const isRow = /^\d\d:\d\d:\d\d\.\d{3} (?: {5}|SLOW ) (?:GET|POST) \S+ \d{3} [\d.]+ m?s .*…([\da-f]{8})$/
    const plain = (row: string): string => row.replaceAll(/\u001b\[[\d;]*m/g, '')
    const rows = (): string[] => started.stdout().split('\r\n')
    const withOneRow = (): string[] => ids.filter((id) => rows().some((row) => isRow.exec(plain(row))?.[1] === id))
    await vi.waitFor(() => expect(withOneRow().length).toBeGreaterThanOrEqual(0.9 * (requests.length - 1)), {
      timeout: 20_000,
      interval: 10,
    })
    const red = rows().filter((row) => /^\u001b.*\u001b\[91m/.test(row))
    expect(red.map(plain)).toEqual([expect.stringMatching(/ ERROR root {2}GET \/api\/v1\/fail failed: 500/)])
    expect(rows().filter((row) => row.includes('thrown on purpose'))).toHaveLength(1)
  },
)

test.skipIf(!hasTerminal)(
  'with CLICKHOUSE_URL, the announcement says where the lines are and how to find them there, without the password',
  { timeout: 120_000 },
  async () => {
    // Nothing answers there: the lines wait.
    const started = npmStartInTerminal(120, { PORT: '0', CLICKHOUSE_URL: 'http://writer:hunter2@127.0.0.1:9/logs' })
    await addressIn(started)
    const find = 'npx spoor find <its id> --clickhouse http://writer@127.0.0.1:9/logs'
    await vi.waitFor(() => expect(started.stdout()).toContain(find))
    expect(started.stdout()).toMatch(/Logs +ClickHouse at http:\/\/writer@127\.0\.0\.1:9\/logs\r?\n/)
    expect(started.stdout()).not.toContain('hunter2')
  },
)
