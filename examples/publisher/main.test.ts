// The service as `npm start` starts it: a process of its own.
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { addressOf, closeServer, listen } from './server.js'
import { hasPostgres } from './testing/database.js'
import { addressIn, npmStart, type Started } from './testing/process.js'
import { deadAddress, SECRET } from './testing/site.js'

const PATIENT = { timeout: 120_000 } // the first start compiles
const WAITING = { timeout: 20_000, interval: 10 }

/** Standard output, where every line of it is JSON. */
function linesOf(started: Started): Record<string, unknown>[] {
  const lines = started.stdout().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line))
}

function requestsIn(started: Started): string {
  return readFileSync(join(started.logDirectory, 'requests.jsonl'), 'utf8')
}

function publishTo(url: string): Promise<Response> {
  const headers = { authorization: 'Bearer acme-admin', 'content-type': 'application/json' }
  const body = JSON.stringify({ title: 'A title', content: 'Some content' })
  return fetch(`${url}/api/v1/publish`, { method: 'POST', headers, body })
}

/** A folder for a database, open to `nobody`, who runs PostgreSQL if root runs the tests. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'publisher-data-'))
  chmodSync(folder, 0o711)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('npm start', PATIENT, () => {
  test('prints the address of the page and commands to try, and each command works', async () => {
    const started = npmStart({ PORT: '0' })
    const url = await addressIn(started)
    expect(await (await fetch(url)).text()).toContain('<title>Publisher</title>')
    const said = started.stdout()
    expect(said).toContain(`curl -i ${url}/api/v1/publish -H 'Authorization: Bearer acme-admin'`)
    expect(said).toContain(`npx spoor find <its id> --dir ${started.logDirectory}\n`)
    expect(said).toContain(`grep <its id> ${started.logDirectory}/*`)
    expect(said).toMatch(new RegExp(`Logs +${started.logDirectory}\n`))
    expect(said).toContain(`curl -i '${url}/api/v1/fail?how=throw'`)
    expect(said).toContain('Database    in memory: DATABASE_URL is off')
    expect(said).toContain(`curl -i '${url}/api/v1/posts?naive=1'`)
    expect(said).toContain(`curl '${url}/_spoor/api/accounts?span=10m&by=cpu' -H 'Authorization: Bearer operator'`)
  })

  test('shows a failure on the console once with its stack and causes, after a line with its code', async () => {
    const started = npmStart({
      PORT: '0',
      WORDPRESS_URL: await deadAddress(),
      WORDPRESS_USER: 'admin',
      WORDPRESS_APP_PASSWORD: 'app-password',
      WORDPRESS_WEBHOOK_SECRET: SECRET,
    })
    const url = await addressIn(started)
    await vi.waitFor(() => expect(started.stdout()).toMatch(/\[root\].*publishing will not work.*"stack"/), WAITING)
    const response = await publishTo(url)
    const id = String(response.headers.get('x-request-id'))
    const linesOfIt = (): string[] =>
      started
        .stdout()
        .split('\n')
        .filter((line) => line.includes(id))
    await vi.waitFor(() => expect(linesOfIt()).toHaveLength(4), WAITING)

    const withStack = linesOfIt().filter((line) => line.includes('"stack"'))
    expect(withStack).toEqual([expect.stringMatching(/\[ERROR\] \[root\].*WordPressError.*"cause":.*ECONNREFUSED/)])
    expect(linesOfIt().join('\n')).toMatch(/\[wordpress_api\].*"errorCode":"ECONNREFUSED"/)
    expect(linesOfIt().join('\n')).toMatch(/\[publish_sync\].*"step":"create".*"code":"wordpress_unreachable"/)
  })

  test.each(['off', '0'])('with SPOOR_FILES=%s prints one line of JSON and names no file', async (off) => {
    const started = npmStart({ PORT: '0', SPOOR_FILES: off })
    const url = await vi.waitFor(
      () => {
        const [line] = linesOf(started)
        if (line === undefined) throw new Error(`nothing yet: ${started.stderr()}`)
        return String(line.url)
      },
      { timeout: 60_000, interval: 20 },
    )
    await publishTo(url)
    const page = await (await fetch(url)).text()
    started.child.kill('SIGTERM')
    await started.exit

    const [listening, ...more] = linesOf(started)
    const site = { url: expect.stringMatching(/^http:/), kind: 'sandbox' }
    const sites = [
      { account: 'acme', ...site },
      { account: 'globex', ...site },
    ]
    expect(listening).toMatchObject({
      level: 'info',
      logger: 'root',
      message: 'listening',
      database: 'in memory: DATABASE_URL is off',
    })
    expect(listening?.sites).toEqual(sites)
    expect(more.map(({ message }) => message)).toContain('published')
    expect(page).toContain('data-log-files=""')
    expect(readdirSync(started.logDirectory)).toEqual([])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s lets the open request finish, writes its lines, and exits with 0',
    async (signal) => {
      const started = npmStart({ PORT: '0' })
      const url = await addressIn(started)
      const open = publishTo(url)
      await vi.waitFor(() => expect(started.stdout()).toContain('post accepted'), { ...WAITING, interval: 1 })
      started.child.kill(signal)
      const response = await open
      expect(response.status).toBe(201)
      expect(await started.exit).toBe(0)
      const id = String(response.headers.get('x-request-id'))
      for (const file of ['publish_sync.log', 'wordpress-api.log', 'requests.jsonl']) {
        expect(readFileSync(join(started.logDirectory, file), 'utf8')).toContain(id)
      }
      await expect(fetch(url)).rejects.toThrow()
    },
  )

  // `docker stop` kills after 10 s.
  test('SIGTERM ends it within 8 s with half a request and idle connections open', async () => {
    const started = npmStart({ PORT: '0' })
    const url = await addressIn(started)
    const { hostname, port } = new URL(url)
    const say = async (bytes: string): Promise<Socket> => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      onTestFinished(() => void socket.destroy())
      await new Promise<void>((sent) => socket.write(bytes, () => sent()))
      return socket
    }
    const head = 'Host: a\r\nAuthorization: Bearer acme-admin\r\n'
    await say(
      `POST /api/v1/publish HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ti`,
    )
    const idle = await say(`GET /api/v1/posts HTTP/1.1\r\n${head}\r\n`)
    await once(idle, 'data')
    const reader = await say(`GET /api/v1/work?allocKb=1&chunks=2 HTTP/1.1\r\n${head}\r\n`)
    reader.pause()
    await vi.waitFor(() => expect(requestsIn(started)).toContain('/api/v1/posts'), WAITING)
    const before = performance.now()
    started.child.kill('SIGTERM')
    expect(await started.exit).toBe(0)
    expect(performance.now() - before).toBeLessThan(8_000)
    expect(requestsIn(started)).toContain('"method":"POST"')
  })

  test('SIGTERM ends it within 8 s while a job waits for a site that does not answer', async () => {
    let asked = (): void => undefined
    const published = new Promise<void>((resolve) => {
      asked = resolve
    })
    const silent = createServer(({ method }) => method === 'POST' && asked())
    await listen(silent, 0, '127.0.0.1')
    onTestFinished(() => closeServer(silent))
    const started = npmStart({
      PORT: '0',
      WORDPRESS_URL: addressOf(silent),
      WORDPRESS_USER: 'admin',
      WORDPRESS_APP_PASSWORD: 'app-password',
      WORDPRESS_WEBHOOK_SECRET: SECRET,
    })
    const url = await addressIn(started)
    const headers = { authorization: 'Bearer acme-admin', 'content-type': 'application/json' }
    const body = JSON.stringify({ title: 'A title', content: 'Some content' })
    await fetch(`${url}/api/v1/publish?later=1`, { method: 'POST', headers, body })
    await published
    const signalled = performance.now()
    started.child.kill('SIGTERM')
    expect(await started.exit).toBe(0)
    expect(performance.now() - signalled).toBeLessThan(8_000)
  })

  describe.skipIf(!hasPostgres)('with the database that it starts', () => {
    async function startWithDatabase(): Promise<{ started: Started; url: string; postgres: number }> {
      const DATA_DIR = temporaryFolder()
      const started = npmStart({ PORT: '0', DATABASE_URL: '', DATA_DIR })
      const url = await addressIn(started)
      expect(started.stdout()).toContain(`Database    PostgreSQL in ${DATA_DIR}/postgres-`)
      const [version = ''] = readdirSync(DATA_DIR)
      const [pid] = readFileSync(join(DATA_DIR, version, 'postmaster.pid'), 'utf8').split('\n')
      return { started, url, postgres: Number(pid) }
    }

    const hasEnded = (pid: number): boolean => !existsSync(`/proc/${pid}`)

    test('SIGTERM ends both within 8 s, with half a request open', async () => {
      const { started, url, postgres } = await startWithDatabase()
      const { hostname, port } = new URL(url)
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      onTestFinished(() => void socket.destroy())
      await new Promise<void>((sent) => socket.write('GET /api/v1/posts?naive=1 HTTP/1.1\r\nHost: a\r\n', () => sent()))
      expect((await publishTo(url)).status).toBe(201)
      const signalled = performance.now()
      started.child.kill('SIGTERM')
      expect(await started.exit).toBe(0)
      expect(performance.now() - signalled).toBeLessThan(8_000)
      expect(hasEnded(postgres)).toBe(true)
    })

    test('SIGKILL leaves no PostgreSQL behind', async () => {
      const { started, postgres } = await startWithDatabase()
      started.child.kill('SIGKILL')
      await vi.waitFor(() => expect(hasEnded(postgres)).toBe(true), WAITING)
    })

    test('a failure to listen ends it too', async () => {
      const other = createServer()
      await listen(other, 0, '127.0.0.1')
      onTestFinished(() => closeServer(other))
      const DATA_DIR = temporaryFolder()
      const started = npmStart({ PORT: new URL(addressOf(other)).port, DATABASE_URL: '', DATA_DIR })
      expect(await started.exit).toBe(1)
      expect(started.stderr()).toContain('the port is taken')
      const [version = ''] = readdirSync(DATA_DIR)
      expect(existsSync(join(DATA_DIR, version, 'postmaster.pid'))).toBe(false)
    })
  })

  test('with a mistake in the environment names it and exits with 1', async () => {
    const started = npmStart({ PORT: 'eighty', WORDPRESS_USER: 'admin' })
    expect(await started.exit).toBe(1)
    expect(started.stderr()).toContain('The publisher cannot start: \nPORT: expected a whole number')
    expect(started.stderr()).toContain('WORDPRESS_URL, WORDPRESS_APP_PASSWORD, WORDPRESS_WEBHOOK_SECRET are missing')
  })

  test('on a port in use prints that and exits with 1', async () => {
    const other = createServer()
    await listen(other, 0, '127.0.0.1')
    onTestFinished(() => closeServer(other))
    const started = npmStart({ PORT: new URL(addressOf(other)).port })
    expect(await started.exit).toBe(1)
    expect(started.stderr()).toContain('the port is taken')
  })
})
