// `spoor top` over log files and over a running service.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { build, objects, spoor } from './command-line.js'
import { type TestService, testService } from './service.js'

let service: TestService
let directory: string

beforeAll(async () => {
  build()
  directory = mkdtempSync(join(tmpdir(), 'spoor-top-'))
  service = await testService(directory)
  for (const account of ['acme', 'acme', 'globex']) {
    for (const path of ['/', '/job', '/fail']) await service.send(account, path)
  }
  await service.written()
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

const remotely = (args: readonly string[], token = 'all') =>
  spoor(['top', ...args, '--url', service.inspector], { env: { ...process.env, SPOOR_TOKEN: token } })

describe('spoor top --url', () => {
  test.each(['5m', '10m', '1h', '24h'])('counts by account in the last %s what the log files have', async (last) => {
    await vi.waitFor(
      async () => {
        const { code, out } = await remotely(['--json', '--last', last, '--sort', 'requests'])
        expect(code).toBe(0)
        expect(objects(out)).toMatchObject([
          { account: 'acme', requests: 6, jobs: 2, errors: 2 },
          { account: 'globex', requests: 3, jobs: 1, errors: 1 },
        ])
      },
      { timeout: 20_000 },
    )
    const local = await spoor(['top', '--json', '--sort', 'requests', '--last', last, '--dir', directory])
    expect(objects(local.out)).toMatchObject([
      { account: 'acme', requests: 6, jobs: 2, errors: 2 },
      { account: 'globex', requests: 3, jobs: 1, errors: 1 },
    ])
  })

  test('shows the sentence of the service above a table', async () => {
    const { code, out } = await remotely(['--by', 'route', '--sort', 'errors', '--limit', '1'])
    expect(code).toBe(0)
    const [sentence, empty, head, first, more, ...rest] = out.split('\n')
    expect(sentence).toMatch(/had 3 failures in the last hour, all failures\.$|had 3 failures in the last hour/)
    expect(empty).toBe('')
    expect(head).toMatch(/^ROUTE +ERRORS {2}OF ROWS +REQUESTS +EACH +QUERIES +WAITED$/)
    expect(first).toMatch(/^\(no route\) +3 {2}█{12} 100 % +9 /)
    expect([more, rest]).toEqual(['1 more: --limit 2', ['']])
  })

  test('shows no more than the token or --account allows', async () => {
    for (const { out } of [await remotely([], 'acme'), await remotely(['--account', 'acme'])]) {
      expect(out).toContain('acme ')
      expect(out).not.toContain('globex')
    }
    const routes = await remotely(['--by', 'route', '--account', 'globex', '--json', '--sort', 'requests'])
    expect(objects(routes.out)).toMatchObject([{ requests: 3 }, { jobs: 1 }])
    expect(routes.out).not.toContain('heldOthers')
    expect((await remotely(['--account', 'initech'])).code).toBe(1)
    expect((await remotely([], 'refused')).err).toContain('no right')
  })

  test.each([
    [['--last', '15m'], '--last: with --url, expected 5m, 10m, 1h or 24h, got 15m'],
    [['--sort', 'ms'], '--sort: with --url, expected one of cpu, heldUp, '],
    [['--limit', '0'], '--limit: expected a whole number'],
  ])('refuses %j, which a service does not have', async (args, says) => {
    const { code, out, err } = await remotely(args)
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(says)])
  })
})

describe('spoor top --dir', () => {
  test('reads request lines in a file of any name', async () => {
    const other = mkdtempSync(join(tmpdir(), 'spoor-top-'))
    const at = new Date().toISOString()
    const line = {
      time: at,
      level: 'info',
      logger: 'requests',
      account: 'acme',
      kind: 'request',
      id: 'a',
      durationMs: 5,
    }
    writeFileSync(join(other, 'http.log'), `${JSON.stringify({ ...line, message: 'GET / 200' })}\n`)
    const { code, out } = await spoor(['top', '--json', '--dir', other])
    rmSync(other, { recursive: true })
    expect([code, objects(out)]).toEqual([0, [expect.objectContaining({ account: 'acme', requests: 1, ms: 5 })]])
  })
})
