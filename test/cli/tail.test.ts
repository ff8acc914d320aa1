// `spoor tail` of a real service, over its files and over its inspector.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { build, main, objects, spoor, start } from './command-line.js'
import { type TestService, testService } from './service.js'

let service: TestService
let directory: string
const waiting = { timeout: 30_000, interval: 50 }

beforeAll(async () => {
  build()
  directory = mkdtempSync(`${tmpdir()}/spoor-tail-`)
  service = await testService(directory, 65_536)
  await service.send('acme')
  await service.written()
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Tail {
  /** What it has printed, by line. */
  rows(): string[]
  /** What it has said on the standard error. */
  said(): string
  /** The exit code. */
  readonly ended: Promise<number | null>
  stop(signal?: NodeJS.Signals): void
}

/** Starts `spoor tail` and waits until it prints new lines; `probe` makes one that it selects. */
async function tail(
  args: readonly string[],
  probe: () => Promise<unknown>,
  env: NodeJS.ProcessEnv = {},
): Promise<Tail> {
  const child = start(['tail', ...args], { env: { ...process.env, ...env } })
  let [out, err] = ['', '']
  child.stdout.on('data', (part) => (out += part))
  child.stderr.on('data', (part) => (err += part))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  await vi.waitUntil(
    async () => {
      expect(child.exitCode, err).toBe(null)
      await probe()
      return out.includes('\n')
    },
    { ...waiting, interval: 200 },
  )
  return {
    rows: () => out.split('\n').slice(0, -1),
    said: () => err,
    ended,
    stop: (signal = 'SIGTERM') => void child.kill(signal),
  }
}

/** The numbered lines of the requests, by request. */
function numbered(rows: readonly string[], ids: readonly string[]): (readonly [string, number[]])[] {
  const lines = objects(rows.join('\n')).filter(({ message }) => message === 'many')
  return ids.map((id) => [
    id,
    lines.filter(({ requestId }) => requestId === id).map(({ fields }) => (fields as { n: number }).n),
  ])
}

const all400 = Array.from({ length: 400 }, (_, n) => n)
const backups = (): number => readdirSync(directory).filter((name) => name.startsWith('shop.log.')).length

describe('spoor tail', () => {
  test('shows every line once and in order through 50 rotations under load', { timeout: 120_000 }, async () => {
    const one = await tail(['shop', '--json', '--dir', directory], () => service.send('acme'))
    const before = backups()
    const ids: string[] = []
    for (let n = 0; n < 14; n++) {
      ids.push(...(await Promise.all(['acme', 'globex'].map((account) => service.send(account, '/many')))))
    }
    const last = await service.send('acme')
    await vi.waitUntil(() => one.rows().some((row) => row.includes(last)), waiting)
    expect(backups() - before).toBeGreaterThanOrEqual(50)
    expect(numbered(one.rows(), ids)).toEqual(ids.map((id) => [id, all400]))
    expect(one.said()).toBe('')
    one.stop()
    expect(await one.ended).toBe(0)
  })

  test.each(['log files', 'a running service'])(
    'selects by logger, level, request and account over %s',
    async (over) => {
      const isRemote = over !== 'log files'
      const source = isRemote ? ['--url', service.inspector] : ['--dir', directory]
      const env = isRemote ? { SPOOR_TOKEN: 'all' } : {}
      const failing = () => service.send('acme', '/fail')
      const [ofMail, warnings, ofGlobex] = await Promise.all([
        tail(['mail', '--json', ...source], () => service.send('acme', '/job'), env),
        tail(['--level', 'error', '--json', ...source], failing, env),
        tail(['shop', '--account', 'globex', ...source], () => service.send('globex'), env),
      ])
      const last = await service.send('globex', '/job')
      await vi.waitUntil(() => ofMail.rows().some((row) => row.includes(last)), waiting)
      await vi.waitUntil(() => ofGlobex.rows().some((row) => row.includes(last.slice(-8))), waiting)
      expect(new Set(objects(ofMail.rows().join('\n')).map(({ logger }) => logger))).toEqual(new Set(['mail']))
      expect(new Set(objects(warnings.rows().join('\n')).map(({ level }) => level))).toEqual(new Set(['error']))
      for (const row of ofGlobex.rows())
        expect(row).toMatch(/^\d\d:\d\d:\d\d\.\d{3} .*shop {2}Handled it .*globex …[\da-f]{8}$/)
    },
  )

  test.each(['log files', 'a running service'])('shows one open request with its job over %s', async (over) => {
    const isRemote = over !== 'log files'
    const source = isRemote ? ['--url', service.inspector] : ['--dir', directory]
    const env = isRemote ? { SPOOR_TOKEN: 'acme' } : {}
    const all = await tail(['shop', '--json', ...source], () => service.send('acme'), env)
    const sent = service.send('acme', '/open')
    const opened = () =>
      objects(all.rows().join('\n')).find(({ fields }) => (fields as { path?: string }).path === '/open')
    await vi.waitUntil(opened, waiting)
    const id = opened()?.['requestId'] as string
    let isReady = false
    // Nothing tells from outside that the command waits: a second tail started with it tells it soon after.
    const one = tail(
      ['--request', id, '--json', ...source],
      async () => {
        if (isReady) service.release()
      },
      env,
    )
    const other = await tail(['shop', ...source], () => service.send('acme'), env)
    isReady = true
    const { rows, stop, ended } = await one
    expect(await sent).toBe(id)
    await service.send('acme', '/job')
    await vi.waitUntil(() => rows().length >= 4, waiting)
    stop('SIGINT')
    other.stop()
    expect(await ended).toBe(0)
    const lines = objects(rows().join('\n'))
    expect(lines.map(({ message }) => String(message).replace(/ [\d.]+ m?s$/, '')).sort()).toEqual([
      'GET /open 200',
      'Went on',
      'in the job',
      'receipt done',
    ])
    for (const { requestId, parentId } of lines) expect([requestId, parentId]).toContain(id)
  })

  test('of a running service goes on after a broken connection, with no line missing or twice', async () => {
    const one = await tail(['shop', '--json', '--url', service.inspector], () => service.send('acme'), {
      SPOOR_TOKEN: 'acme',
    })
    const ids = [await service.send('acme', '/many')]
    await vi.waitUntil(() => one.rows().filter((row) => row.includes('"many"')).length >= 400, waiting)
    service.breakConnections()
    await vi.waitUntil(() => one.said().includes('the connection ended'), waiting)
    ids.push(await service.send('acme', '/many'))
    await service.send('globex')
    await vi.waitUntil(() => one.rows().filter((row) => row.includes('"many"')).length >= 800, waiting)
    expect(numbered(one.rows(), ids)).toEqual(ids.map((id) => [id, all400]))
    expect(one.rows().join()).not.toContain('globex')
    one.stop()
    expect(await one.ended).toBe(0)
  })

  test('of a service that is restarted waits for it, and goes on after the last event', {
    timeout: 60_000,
  }, async () => {
    const asked: (string | undefined)[] = []
    const line = (message: string): string => {
      const data = { time: '2026-11-29T03:07:48.715Z', level: 'info', logger: 'shop', message, file: 'shop.log' }
      return `event: line\nid: after-${message}\ndata: ${JSON.stringify(data)}\n\n`
    }
    const serve = async (message: string, port: number): Promise<Server> => {
      const server = createServer((request, response) => {
        asked.push(request.headers['last-event-id'] as string | undefined)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(line(message))
      })
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      return server
    }
    const first = await serve('one', 0)
    const { port } = first.address() as AddressInfo
    const one = await tail(['--json', '--url', `http://127.0.0.1:${port}`], async () => {})
    first.close()
    first.closeAllConnections()
    await vi.waitUntil(() => one.said().includes('the connection ended'), waiting)
    let tries = 0
    const starting = createTcpServer((socket) => {
      tries++
      socket.destroy()
    })
    await new Promise<void>((resolve) => starting.listen(port, '127.0.0.1', resolve))
    await vi.waitUntil(() => tries > 0, waiting)
    await new Promise((resolve) => starting.close(resolve))
    const second = await serve('two', port)
    onTestFinished(() => {
      second.close()
      second.closeAllConnections()
    })
    await vi.waitUntil(() => one.rows().length >= 2, waiting)
    expect(objects(one.rows().join('\n')).map(({ message }) => message)).toEqual(['one', 'two'])
    expect(asked).toEqual([undefined, 'after-one'])
    one.stop('SIGINT')
    expect(await one.ended).toBe(0)
  })

  test.each([
    ['', /answered 401; set SPOOR_TOKEN to a token of the service\n$/],
    ['guest', /answered 403: this reader has no account.*; the user of this token has no right to read it\n$/],
    ['refused', /answered 403; the user of this token has no right to read it\n$/],
  ])('of a running service ends with an error for the token %j, which may read no line', async (token, says) => {
    const { code, out, err } = await spoor(['tail', '--url', service.inspector], {
      env: { ...process.env, SPOOR_TOKEN: token },
    })
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(says)])
  })

  test('says why a URL is wrong', async () => {
    const env = { env: { ...process.env, SPOOR_TOKEN: 'all' } }
    const elsewhere = service.inspector.replace('/_spoor', '/elsewhere')
    for (const args of [['tail'], ['find', 'an-id'], ['find', '--failed'], ['top']]) {
      const { code, out, err } = await spoor([...args, '--url', elsewhere], env)
      expect([args, code, out, err]).toEqual([
        args,
        2,
        '',
        expect.stringContaining(`${elsewhere} is not the URL of an inspector`),
      ])
    }
    const wrong = await spoor(['tail', '--url', 'ftp://x'])
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--url: expected the URL of an inspector')])
    const gone = await spoor(['tail', '--url', 'http://127.0.0.1:1'])
    expect([gone.code, gone.err]).toEqual([2, expect.stringMatching(/^spoor: http:\/\/127.0.0.1:1 does not answer /)])
  })

  test('ends without a word when its reader closes the pipe', async () => {
    const script = `"${process.execPath}" "$1" tail shop --dir "$2" | head -1`
    const sending = setInterval(() => void service.send('acme'), 50)
    onTestFinished(() => clearInterval(sending))
    const { out, err } = await new Promise<{ out: string; err: string }>((resolve, reject) =>
      execFile('sh', ['-c', script, 'sh', main, directory], { encoding: 'utf8' }, (error, stdout, stderr) =>
        error === null ? resolve({ out: stdout, err: stderr }) : reject(error),
      ),
    )
    expect(out.split('\n')).toHaveLength(2)
    expect(err).toBe('')
  })
})

describe('spoor find --url', () => {
  const asked = (args: readonly string[], token: string) =>
    spoor(['find', ...args, '--url', service.inspector], { env: { ...process.env, SPOOR_TOKEN: token } })

  test('tells the story that the files tell, within the rights of the token', async () => {
    const id = await service.send('acme', '/job')
    await service.written()
    const local = await spoor(['find', id, '--jobs', '--json', '--dir', directory])
    const remote = await asked([id, '--jobs', '--json'], 'acme')
    expect(remote.code).toBe(0)
    // Figures of the whole process are for readers of everything.
    const told = (out: string) =>
      objects(out)
        .filter(({ kind }) => kind === 'line' || kind === 'job')
        .map(({ process: _, ...rest }) => rest)
    expect(told(remote.out)).toEqual(told(local.out))
    const text = await asked([id], 'all')
    expect(text.out).toMatch(/^GET \/job 200 {2}acme/)
    for (const [args, token] of [
      [[id], 'globex'],
      [[id, '--account', 'globex'], 'all'],
    ] as const) {
      const foreign = await asked(args, token)
      expect([foreign.code, foreign.out]).toEqual([1, expect.stringMatching(/^No line of this id\./)])
    }
  })

  test('lists the requests of an account', async () => {
    const id = await service.send('globex', '/fail')
    await service.written()
    const listed = await asked(['--account', 'globex', '--failed'], 'all')
    expect(listed.code).toBe(0)
    expect(listed.out.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`500 .* globex {2}GET /fail .*${id}$`))
    for (let n = 0; n < 200; n++) await service.send('globex')
    await vi.waitUntil(
      async () => (await asked(['--account', 'globex', '--json'], 'all')).out.split('\n').length > 200,
      waiting,
    )
    expect((await asked(['--account', 'globex', '--failed'], 'all')).out).toContain(id)
    const foreign = await asked(['--account', 'globex', '--failed'], 'acme')
    expect(foreign.code).toBe(1)
  })
})
