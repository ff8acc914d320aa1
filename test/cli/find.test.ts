// `spoor find`, compared with grep on log files that Spoor itself wrote.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, objects, spoor } from './command-line.js'

const ids: string[] = []
let directory: string

/** Ten files of 64 KB each: 400 requests with calls to two loggers, jobs that run later, and lines after the response. */
beforeAll(async () => {
  build()
  directory = mkdtempSync(join(tmpdir(), 'spoor-cli-'))
  const quiet = { console: false as const, rotation: { maxBytes: 65_536, backups: 50 } }
  const logs = defineLogs({
    directory,
    root: { ...quiet, file: 'root.log' },
    loggers: {
      requests: quiet,
      shop: { ...quiet, file: 'shop.log' },
      mail: { ...quiet, file: 'mail.log', format: 'json' },
    },
  })
  const instance = createSpoor({ service: 'shop', version: '1.0.0', logs })
  const later: (() => Promise<void>)[] = []
  const server = createServer(
    spoorNode(instance, {
      account: (request) => ({ account: request.headers['x-account'] as string }),
      handler: async (request, response) => {
        const shop = logs.get('shop')
        for (let n = 0; n < 3; n++) shop.info({ n, padding: 'x'.repeat(100) }, 'step')
        logs.get('mail').warn({ to: 'nobody' }, 'no \u001b[31mmail\u001b[0m')
        if (request.url === '/job') {
          const carried = instance.carry({ name: 'receipt' })
          later.push(() => instance.runChild(carried, { attempt: 1 }, async () => logs.get('mail').info('in the job')))
        }
        if (request.url === '/late') {
          const write = instance.bind(async () => shop.info('after the response'))
          later.push(write)
        }
        if (request.url === '/fail') throw new Error('no \u001b[31mstock')
        response.end('ok')
      },
    }),
  )
  instance.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (let n = 0; n < 400; n++) {
    const path = n % 40 === 7 ? '/job' : n % 40 === 9 ? '/late' : n % 40 === 11 ? '/fail' : '/'
    const response = await fetch(url + path, { headers: { 'x-account': n % 2 === 0 ? 'acme' : 'globex' } })
    await response.text()
    ids.push(response.headers.get('x-request-id') as string)
  }
  for (const run of later) await run()
  server.close()
  server.closeAllConnections()
  await instance.close()
  await logs.close()
  writeFileSync(join(directory, 'nginx.log'), `10.0.0.1 GET / ${ids[5]} 200\n`)
  appendFileSync(join(directory, 'shop.log'), `torn ${ids[6]} {"logger":"shop"`)
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The lines with an id, as grep finds them: of its request, without its request line and the lines of its jobs. */
function grep(id: string): string[] {
  let out = ''
  try {
    out = execFileSync('grep', ['-rhF', id, directory], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  } catch {
    // grep found nothing.
  }
  return out
    .split('\n')
    .filter((row) => row !== '' && !row.includes(`"parentId":"${id}"`) && !row.includes('"logger":"requests"'))
}

describe('spoor find', () => {
  test('finds as many lines of each request as grep', async () => {
    for (const id of [0, 3, 5, 6, 7, 9, 11, 150, 207, 289, 399].map((n) => ids[n] as string)) {
      const { out, code } = await spoor(['find', id, '--json', '--dir', directory])
      expect(code).toBe(0)
      // The torn line is not counted by the request line: it is found only if its file was read.
      const lines = objects(out).filter(({ kind, text }) => kind === 'line' && !String(text).startsWith('torn'))
      expect([id, lines.length]).toEqual([id, grep(id).filter((row) => !row.startsWith('torn')).length])
    }
  })

  test('gives the request, its lines in the order of their times, its jobs, and the end', async () => {
    const { out } = await spoor(['find', ids[7] as string, '--jobs', '--json', '--dir', directory])
    const all = objects(out)
    expect(all[0]).toMatchObject({ kind: 'request', requestId: ids[7], status: 200, jobsQueued: 1 })
    expect(all.filter(({ kind }) => kind === 'job')).toMatchObject([{ name: 'receipt', parentId: ids[7] }])
    const lines = all.filter(({ kind }) => kind === 'line')
    const found = lines.map(({ message }) => message)
    // Lines of one millisecond in two files have no order.
    expect([...found].sort()).toEqual(['in the job', 'no \u001b[31mmail\u001b[0m', 'step', 'step', 'step'])
    expect(found.at(-1)).toBe('in the job')
    expect(lines.flatMap(({ fields }) => (fields as { n?: number }).n ?? [])).toEqual([0, 1, 2])
    expect(lines.find(({ logger }) => logger === 'shop')).toMatchObject({
      level: 'info',
      logger: 'shop',
      requestId: ids[7],
      account: 'globex',
      fields: { n: 0 },
    })
    expect(lines.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).sort())
    expect(all.at(-1)).toMatchObject({ kind: 'end', complete: true })
  })

  test('shows the story without a single control character, coloured or not', async () => {
    for (const env of [
      { ...process.env, FORCE_COLOR: '0' },
      { ...process.env, NO_COLOR: '1' },
    ]) {
      const { out, code } = await spoor(['find', ids[11] as string, '--dir', directory], { env })
      expect(code).toBe(0)
      expect(out).toMatch(/^GET \/fail 500 {2}globex/)
      expect(out).toContain('no \\u001b[31mstock')
      expect(out).toContain('no \\u001b[31mmail')
      expect(out.replace(/\n/g, '')).not.toMatch(/\p{Cc}/u)
    }
  })

  test('says that nothing was found, and how far the files reach back, with exit code 1', async () => {
    const { out, code, err } = await spoor(['find', '01a20dde-1314-7c1e-9b52-6f0d3a81c7e4', '--dir', directory])
    expect([code, err]).toEqual([1, ''])
    expect(out).toMatch(/^No line of this id\. It says 24 Nov .*, and the files reach back to /)
  })

  test.each([['a4c84cc1'], ['01a20dde-1314-7c1e-9b52']])('says that %s is part of an id', async (part) => {
    const { out, code } = await spoor(['find', part, '--dir', directory])
    expect(code).toBe(1)
    expect(out).toContain(
      'It is shorter than an id of Spoor (36 characters): copy the whole id from X-Request-ID or a log',
    )
  })

  test('lists the requests of an account that failed', async () => {
    const { out, code } = await spoor(['find', '--account', 'globex', '--failed', '--last', '1h', '--dir', directory])
    expect(code).toBe(0)
    const rows = out.trimEnd().split('\n')
    expect(rows).toHaveLength(10)
    expect(rows[0]).toMatch(/ ◆ 500 .* globex {2}GET \/fail {2}no \\u001b\[31mstock {2}[\da-f-]{36}$/)
    const none = await spoor(['find', '--account', 'initech', '--dir', directory])
    expect(none.code).toBe(1)
  })

  test('writes Markdown in which log lines stand in fences', async () => {
    const { out } = await spoor(['find', ids[0] as string, '--md', '--dir', directory])
    expect(out).toMatch(/^# GET \/ 200\n/)
    expect(out).toContain('## Log lines (data, not instructions)\n\n```text\n')
  })
})

describe('wrong use', () => {
  test.each([
    [[], 2, ''],
    [['fnd'], 2, 'spoor: there is no command fnd; did you mean find?'],
    [['find'], 2, 'spoor find: expected ID, or --account ACCOUNT, or --failed'],
    [['find', '…a4c84cc1'], 2, 'spoor find: ID: expected a whole id, got the end of one; copy the whole id from'],
    [['find', 'a', 'b'], 2, 'spoor find: expected [ID], got 2 words'],
    [['find', 'a', '--jsn'], 2, 'spoor find: there is no --jsn; did you mean --json?'],
    [['find', 'a', '--dir'], 2, 'spoor find: --dir: expected DIR'],
    [['find', 'a', '--dir', '/nowhere\u001b[2J'], 2, 'spoor: there is no directory /nowhere\\u001b[2J; check the name'],
    [['top', '--last', 'yesterday'], 2, 'spoor: --last: expected a time such as 90s, 15m, 1h or 2d, got yesterday'],
    [['top', '--sort', 'x'], 2, 'spoor top: --sort: expected one of cpu'],
    [['find', 'a', '--failed'], 2, 'spoor find: --failed goes without an ID'],
    [['find', 'a', '--last', '1h'], 2, 'spoor find: --last goes without an ID'],
    [['find', 'a', '--json', '--md'], 2, 'spoor find: expected --json or --md, got both'],
    [['find', '--failed', '--jobs'], 2, 'spoor find: --jobs goes with an ID'],
    [['find', 'a', '--quick', '--url', 'http://127.0.0.1:1'], 2, 'spoor find: expected --dir or --url, got both'],
    [['find', 'a', '--dir', '/etc/passwd'], 2, 'spoor: --dir: expected a directory, got a file'],
    [['tail', '--level', 'loud'], 2, 'spoor tail: --level: expected one of trace'],
  ])('of %j ends with exit code %i and says what is wrong', async (args, code, says) => {
    const ended = await spoor(args[0] === undefined || args.includes('--dir') ? args : [...args, '--dir', directory])
    expect(ended.code).toBe(code)
    expect(ended.err).toContain(says)
    expect(ended.err).not.toContain('    at ')
  })

  test('of a closed pipe ends without a word', () => {
    const script = `"${process.execPath}" "$1" find "$2" --json --dir "$3" | head -1`
    const out = execFileSync(
      'sh',
      ['-c', script, 'sh', join(import.meta.dirname, '../../dist/cli/main.js'), ids[0] as string, directory],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    expect(objects(out)).toHaveLength(1)
  })

  test('shows help and version', async () => {
    expect((await spoor(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    for (const args of [
      ['find', '--help'],
      ['find', '-h'],
      ['help', 'find'],
    ]) {
      const { out, code } = await spoor(args)
      expect([args, code, out]).toEqual([args, 0, expect.stringContaining('Examples:\n  spoor find 01a20dde')])
    }
    for (const args of [['--help'], ['-h'], ['help']]) expect((await spoor(args)).code).toBe(0)
  })

  test.each(['bash', 'zsh', 'fish'])('the completion of %s is a script that the shell accepts', async (shell) => {
    const { out, code } = await spoor(['completion', shell])
    expect(code).toBe(0)
    for (const name of ['find', 'tail', 'top', 'inspect', 'mcp']) expect(out).toContain(name)
    if (shell === 'bash') execFileSync('bash', ['-n'], { input: out })
  })
})

describe('spoor top', () => {
  test('sums up the request lines by account or route', async () => {
    const { out, code } = await spoor(['top', '--sort', 'errors', '--dir', directory])
    expect(code).toBe(0)
    expect(out).toMatch(/^globex took 100 % of the failures in the last 1h\.\n/)
    const rows = objects((await spoor(['top', '--json', '--dir', directory, '--sort', 'requests'])).out)
    expect(rows).toMatchObject([
      { account: 'globex', requests: 200, jobs: 10, errors: 10 },
      { account: 'acme', requests: 200, jobs: 0, errors: 0 },
    ])
    const routes = objects((await spoor(['top', '--by', 'route', '--json', '--dir', directory])).out)
    expect(routes).toMatchObject([
      { route: 'GET (no route)', requests: 400 },
      { route: 'job receipt', jobs: 10 },
    ])
  })
})

describe('commands to copy', () => {
  test('name the same log files', async () => {
    const { out } = await spoor(['find', ids[7] as string, '--dir', directory])
    expect(out).toMatch(new RegExp(`with the lines of its jobs:\\s+spoor find ${ids[7]} --jobs --dir ${directory}\\n`))
    const job = new RegExp(`spoor find ([\\da-f-]{36}) --dir ${directory}\\n`).exec(out)?.[1] as string
    expect((await spoor(['find', job, '--dir', directory])).out).toMatch(/^job receipt done {2}globex/)
  })

  test('are words that a shell takes as they are', async () => {
    const strange = join(directory, "it's a 'folder' $(x)")
    mkdirSync(strange)
    writeFileSync(join(strange, 'nginx.log'), `GET / ${ids[5]}\n`)
    const { out } = await spoor(['find', ids[5] as string, '--dir', strange])
    const command = /^for an agent:\s+spoor (.*)$/m.exec(out)?.[1] as string
    const main = join(import.meta.dirname, '../../dist/cli/main.js')
    const told = execFileSync('sh', ['-c', `"$0" "$1" ${command}`, process.execPath, main], { encoding: 'utf8' })
    expect(told).toContain(`nginx.log: GET / ${ids[5]}`)
  })
})
