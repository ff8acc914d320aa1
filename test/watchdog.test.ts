import { execFileSync, spawn } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test, vi } from 'vitest'
import { linesOf, temporaryFolder } from './programs/folder.js'
import { outcomeOf, writeProgram } from './programs/program.js'
import { onRealClock } from './usage/burn.js'
import { isStuck, type Line, lineWhileBlocked, preamble, startBlocking, WAITING } from './watchdog/blocking.js'

const closed = `await spoor.close(); await logs.close()`
const request = (mode: string, handler: string): string => `
  const logs = logsTo('json')
  const spoor = spoorOf(logs, '${mode}')
  const { ask, end } = await serve(spoor, async (request) => {
    spoor.identify({ account: 'acme' })
    ${handler}
  })
  await settled()
  await ask()
  end()
  ${closed}
`

describe('while the event loop is blocked, the log says which work blocks it', () => {
  test.each([
    ['a tracked request', 'all', 'block()'],
    ['a request that is not tracked', 'header', 'block()'],
    ['a request that is not tracked, after an await', 'header', 'await turn(); block()'],
    ['a request with mode off', 'off', 'await turn(); block()'],
    ['a tracked request in a call that runs no JavaScript, after an await', 'all', 'await turn(); native()'],
    ['the start of a request in a call that runs no JavaScript', 'header', 'native()'],
  ])('%s', async (_, mode, handler) => {
    const program = startBlocking(request(mode, handler))
    const line = await lineWhileBlocked(program, 'GET')
    const { code } = await program.outcome
    expect(line).toMatchObject({ logger: 'root', account: 'acme', fields: { method: 'GET' } })
    expect(line.message).toMatch(/^the event loop has been blocked for \d+\.\d s by GET \(no route\), and is still/)
    expect(line.fields['blockedMs']).toBeGreaterThanOrEqual(150)
    // A busy machine may block the loop of the program once more.
    const isAfter = ({ message, requestId }: Line) => message.includes('free again') && requestId === line.requestId
    const after = program.lines().filter(isAfter)
    expect(after).toMatchObject([{ level: 'warn', account: 'acme' }])
    expect(after[0]?.fields['blockedMs']).toBeGreaterThanOrEqual(line.fields['blockedMs'] as number)
    expect(code).toBe(0)
  })

  test('a job', async () => {
    const program = startBlocking(`
      const logs = logsTo('json')
      const spoor = spoorOf(logs)
      await settled()
      const carried = spoor.run({ account: 'acme' }, () => spoor.carry({ name: 'resize' }))
      await spoor.runChild(carried, { attempt: 1 }, async () => { await turn(); block() })
      ${closed}
    `)
    const line = await lineWhileBlocked(program, 'job resize')
    await program.outcome
    expect(line).toMatchObject({ account: 'acme', fields: { route: 'job resize' } })
    expect(line.message).toContain('by job resize')
  })

  test('a timer outside any request', async () => {
    const program = startBlocking(`
      const logs = logsTo('json')
      const spoor = spoorOf(logs, 'all')
      await settled()
      setTimeout(block)
      await turn()
      ${closed}
    `)
    const line = await lineWhileBlocked(program, 'code outside')
    await program.outcome
    expect(line.message).toContain('by code outside any request')
    expect(line).not.toHaveProperty('requestId')
  })

  test('unknown code, if no hook is on and no JavaScript runs', async () => {
    const program = startBlocking(request('header', 'await turn(); native()'))
    const line = await lineWhileBlocked(program, 'unknown code')
    await program.outcome
    expect(line.message).toContain('by unknown code')
    expect(line).not.toHaveProperty('account')
  })

  // The place is left out where V8 does not tell it in time, as on a busy machine.
  test('the place in the service', onRealClock, async () => {
    const program = startBlocking(request('header', 'function exportAll() { block() } exportAll()'))
    const line = await lineWhileBlocked(program, 'GET')
    await program.outcome
    expect(line.fields['at']).toMatch(/^block \(file:.*program-\d+\.mjs:\d+:\d+\)$/)
  })
})

test('a request of Express is named by its route', async () => {
  const program = startBlocking(`
    import express from 'express'
    import { spoorExpress } from 'spoor/adapters/express/express.js'
    const logs = logsTo('json')
    const spoor = spoorOf(logs)
    const app = express()
    const adapter = spoorExpress(spoor)
    app.use(adapter.middleware ?? adapter)
    app.post('/orders/:id', async (_, response) => { await turn(); block(); response.end() })
    const server = app.listen(0, '127.0.0.1')
    await settled()
    await fetch('http://127.0.0.1:' + server.address().port + '/orders/7', { method: 'POST' }).then((r) => r.text())
    server.closeAllConnections()
    server.close()
    ${closed}
  `)
  const line = await lineWhileBlocked(program, 'POST')
  expect(line).toMatchObject({ fields: { method: 'POST', route: '/orders/:id' } })
  expect(line.message).toContain('by POST /orders/:id')
})

test('instances in one process each write to their own logs, in the format of their root logger', async () => {
  const formats = ['text', 'verbose', 'json', 'gcp', 'ecs', 'datadog']
  const program = startBlocking(`
    const all = ${JSON.stringify(formats)}.map((format) => {
      const logs = logsTo(format, folder + '/' + format)
      return { logs, spoor: spoorOf(logs) }
    })
    await settled()
    const account = 'a "quoted" \\u202e\\n\\u001b[31m\\\\ \u00fc'
    await all[0].spoor.run({ account, name: 'nightly' }, async () => { await turn(); block() })
    for (const { logs, spoor } of all) { ${closed} }
  `)
  await vi.waitFor(() => {
    for (const format of formats) {
      const named = ({ account }: Line): boolean => account !== undefined
      expect(program.lines(`${format}/root.log`).some(named), format).toBe(true)
    }
  }, WAITING)
  expect(program.isFree()).toBe(false)
  program.go()
  expect((await program.outcome).code).toBe(0)
  for (const format of formats) {
    const [line, ...others] = program.lines(`${format}/root.log`).filter(({ account }) => account !== undefined)
    expect(line, format).toMatchObject({
      level: 'error',
      logger: 'root',
      account: 'a "quoted" \u202e\n\u001b[31m\\ ü',
      fields: { blockedMs: expect.any(Number) },
    })
    expect(line?.message).toMatch(/by scope nightly, and is still blocked$/)
    expect(others.at(-1)).toMatchObject({ level: 'warn' })
  }
})

test('an account that looks like a mark of the lines stays as it is', async () => {
  const account = 'SPOOR_WATCHDOG_SECONDS 981173106789 SPOOR_WATCHDOG_ID $& 2001-02-03T04:05:06.789Z'
  const program = startBlocking(request('header', 'block()').replace("'acme'", () => JSON.stringify(account)))
  expect(await lineWhileBlocked(program, 'GET')).toMatchObject({ account, fields: { method: 'GET' } })
  await program.outcome
})

test('beforeLine and redact change the lines of the thread, too', async () => {
  const source = request('header', 'block()').replace(
    "logsTo('json')",
    `defineLogs({
      directory: folder, console: false, loggers: {}, root: { file: 'root.log', format: 'json' }, redact: { keys: ['at'] },
      beforeLine: (entry) => ({ ...entry, fields: { ...entry.fields, region: 'eu' } }),
    })`,
  )
  const program = startBlocking(source)
  const line = await lineWhileBlocked(program, 'GET')
  await program.outcome
  expect(line).toMatchObject({ account: 'acme', fields: { method: 'GET', region: 'eu', at: '[redacted]' } })
})

test('beforeLine may drop the lines of the thread', async () => {
  const source = request('header', 'const end = Date.now() + 500; while (Date.now() < end);').replace(
    "logsTo('json')",
    "defineLogs({ directory: folder, console: false, loggers: {}, root: { file: 'root.log' }, beforeLine: () => undefined })",
  )
  const program = startBlocking(source)
  expect(await program.outcome).toMatchObject({ code: 0, stderr: '' })
  expect(program.lines()).toEqual([])
})

test('the lines come at growing intervals, and one line gives the whole time afterwards', async () => {
  const program = startBlocking(request('header', 'block()'))
  const stuck = () => program.lines().filter(isStuck)
  await vi.waitFor(() => expect(stuck().length).toBeGreaterThanOrEqual(4), WAITING)
  program.go()
  await program.outcome
  const times = stuck().map(({ fields }) => fields['blockedMs'] as number)
  expect(new Set(stuck().flatMap(({ requestId }) => requestId ?? [])).size).toBe(1)
  for (const [at, ms] of times.entries()) expect(ms).toBeGreaterThanOrEqual(150 * 2 ** at)
  const after = program.lines().filter(({ message }) => message.includes('free again'))
  expect(after).toHaveLength(1)
  expect(after[0]?.fields['blockedMs']).toBeGreaterThanOrEqual(times.at(-1) as number)
})

describe('standard error gets the line', () => {
  const onStderr = async (source: string, spoil = (_: string): void => {}): Promise<unknown> => {
    const program = startBlocking(source)
    spoil(program.folder)
    const line = await vi.waitFor(() => {
      const found = program
        .stderr()
        .split('\n')
        .find((one) => one.startsWith('{') && one.includes('still blocked'))
      expect(found).toBeDefined()
      return JSON.parse(found as string) as unknown
    }, WAITING)
    expect(program.isFree()).toBe(false)
    program.go()
    await program.outcome
    return line
  }
  const expected = {
    ...{ level: 'error', logger: 'root', account: 'acme', method: 'GET' },
    message: expect.stringContaining('still blocked'),
  }

  test('if the root logger has no file', async () => {
    const source = request('header', 'block()').replace(
      "logsTo('json')",
      'defineLogs({ console: false, loggers: {}, files: false })',
    )
    expect(await onStderr(source)).toMatchObject(expected)
  })

  test('if the file cannot be written', async () => {
    const spoil = (folder: string): void => void mkdirSync(join(folder, 'root.log'))
    expect(await onStderr(request('header', 'block()'), spoil)).toMatchObject(expected)
  })
})

test.each([
  ['a symbolic link', (path: string, other: string) => symlinkSync(other, path)],
  ['a file with a second name', (path: string, other: string) => linkSync(other, path)],
  ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
])('the thread writes to standard error if the log file is %s', async (_, prepare) => {
  const [path, other] = [join(temporaryFolder(), 'root.log'), join(temporaryFolder(), 'other')]
  writeFileSync(other, 'untouched\n')
  prepare(path, other)
  const program = startBlocking(
    request('header', 'block()').replace("logsTo('json')", "logsTo('json', process.env.PLACE)"),
    {
      PLACE: dirname(path),
    },
  )
  await vi.waitFor(() => expect(program.stderr()).toContain('still blocked'), WAITING)
  expect(program.isFree()).toBe(false)
  program.go()
  await program.outcome
  expect(readFileSync(other, 'utf8')).not.toContain('still blocked')
})

test('lines of the thread and of the root logger stay whole in a file that rotates', async () => {
  const source = request(
    'header',
    'const log = () => { for (let i = 0; i < 20; i++) logs.root.info({ i }, "line") }; log(); block(); log()',
  )
  const program = startBlocking(
    source.replace(
      "logsTo('json')",
      "defineLogs({ directory: folder, console: false, loggers: {}, root: { file: 'root.log' }, rotation: { maxBytes: 700, backups: 50 } })",
    ),
  )
  await vi.waitFor(
    () => expect(program.lines().some((line) => line !== undefined && isStuck(line))).toBe(true),
    WAITING,
  )
  expect(program.isFree()).toBe(false)
  program.go()
  await program.outcome
  const files = readdirSync(program.folder).filter((file) => file.startsWith('root.log') && !file.endsWith('.lock'))
  expect(files.length).toBeGreaterThan(5)
  const lines = files.flatMap((file) => program.lines(file))
  expect(lines.filter((line) => line === undefined)).toEqual([])
  expect(lines.filter(({ message }) => message === 'line')).toHaveLength(40)
})

test('a line ends the half line that another writer left', async () => {
  const program = startBlocking(
    request(
      'header',
      `
    require('node:fs').appendFileSync(folder + '/root.log', 'half')
    block()
  `,
    ).replace(
      'const logs =',
      `const { createRequire } = await import('node:module'); const require = createRequire(import.meta.url); const logs =`,
    ),
  )
  await vi.waitFor(() => expect(program.lines().filter(Boolean).some(isStuck)).toBe(true), WAITING)
  program.go()
  await program.outcome
})

describe('under the permission model of Node', () => {
  const flag = /^v2[02]\./.test(process.version) ? '--experimental-permission' : '--permission'
  const start = (flags: readonly string[], source: string) => {
    const folder = temporaryFolder()
    const file = writeProgram(`${preamble}${source}`)
    const all = [flag, '--allow-fs-read=*', '--allow-fs-write=*', ...flags, file]
    const child = spawn(process.execPath, all, { env: { ...process.env, LOGS: folder }, stdio: 'pipe' })
    return { folder, outcome: outcomeOf(child), text: () => linesOf(folder, 'root.log').join('\n') }
  }

  test('a thread that is not allowed is reported once, and all else works', async () => {
    const { outcome, text } = start(
      [],
      `const logs = logsTo('json')
      const spoor = spoorOf(logs)
      await settled()
      spoor.run({ account: 'acme' }, () => logs.root.info('works'))
      ${closed}`,
    )
    const { code, stderr } = await outcome
    expect(code, stderr).toBe(0)
    expect(text().match(/tracking\.watchdog: expected a thread/g)).toHaveLength(1)
    expect(text()).toContain('"message":"works"')
  })

  test('a thread that may not use the inspector names the work by its start', async () => {
    const { folder, outcome, text } = start(
      ['--allow-worker'],
      `const logs = logsTo('json')
      const spoor = spoorOf(logs)
      await settled()
      spoor.run({ account: 'acme', name: 'nightly' }, block)
      ${closed}`,
    )
    await vi.waitFor(() => expect(text()).toMatch(/"account":"acme".*by scope nightly, and is still blocked/), WAITING)
    writeFileSync(join(folder, 'go'), '')
    const { code, stderr } = await outcome
    expect(code, stderr).toBe(0)
  })
})

describe('a process ends as without a watchdog', () => {
  test.each([
    ['process.exit in the blocking code', 'block(); process.exit(7)', 7, null],
    ['an exception in the blocking code', 'block(); throw new Error("x")', 1, null],
    ['SIGKILL while it is blocked', `block()`, null, 'SIGKILL'],
  ])('by %s', async (_, end, code, signal) => {
    const program = startBlocking(`
      const logs = logsTo('json')
      const spoor = spoorOf(logs)
      await settled()
      spoor.run({ account: 'acme' }, () => { setImmediate(() => { ${end} }) })
    `)
    await vi.waitFor(() => expect(program.lines().some(isStuck)).toBe(true), WAITING)
    if (signal === null) program.go()
    else program.child.kill(signal as 'SIGKILL')
    expect(await program.outcome).toMatchObject({ code, signal })
  })

  test('by having nothing more to do, although nothing was closed', async () => {
    const program = startBlocking(`spoorOf(logsTo('json'))`)
    expect(await program.outcome).toMatchObject({ code: 0, stderr: '' })
  })

  test('after close, without an open handle', async () => {
    const program = startBlocking(`
      const logs = logsTo('json')
      const spoor = spoorOf(logs)
      await settled()
      ${closed}
      console.log(process.getActiveResourcesInfo().filter((one) => !/Pipe|TTY/.test(one)).length)
    `)
    expect(await program.outcome).toMatchObject({ code: 0, stdout: '0\n' })
  })
})

test('after close, no line reports a blocked loop', async () => {
  const program = startBlocking(`
    const logs = logsTo('json')
    const spoor = spoorOf(logs)
    await settled()
    ${closed}
    const end = Date.now() + 600
    while (Date.now() < end);
  `)
  expect((await program.outcome).code).toBe(0)
  expect(program.lines()).toEqual([])
})

test('the parts of an instance hear of a block once it is over: how long, which request, no value', async () => {
  const program = startBlocking(`
    import { watchdogOf } from 'spoor/tracking/watchdog.js'
    const logs = logsTo('json')
    const spoor = createSpoor({ service: 'shop', logs })
    const watchdog = watchdogOf({ afterMs }, logs, () => {})
    const heard = new Promise((resolve) => watchdog.onStuck(resolve))
    const { end, ask } = await serve(spoor, async () => {
      spoor.identify({ account: 'acme' })
      block()
    })
    await settled()
    await ask('/export?secret=1')
    writeSync(1, JSON.stringify(await heard))
    end()
    await watchdog.close()
  `)
  const { requestId } = await lineWhileBlocked(program, 'GET')
  const { stdout } = await program.outcome
  const { ms, ...heard } = JSON.parse(stdout.replace('free', '')) as { ms: number }
  expect(ms).toBeGreaterThanOrEqual(150)
  expect(heard).toEqual({ requestId, account: 'acme', method: 'GET', what: 'GET (no route)' })
})

test('fake timers of a test do not look like a blocked loop', async () => {
  const program = startBlocking(`
    const logs = logsTo('json')
    const real = setTimeout
    globalThis.setInterval = globalThis.setTimeout = () => ({ unref() { return this } })
    const spoor = spoorOf(logs)
    await new Promise((resolve) => real(resolve, 1_000))
    await spoor.close()
  `)
  expect((await program.outcome).code).toBe(0)
  expect(program.lines()).toEqual([])
})

test('a process that was stopped as a whole was not blocked', async () => {
  const program = startBlocking(`
    const logs = logsTo('json')
    const spoor = spoorOf(logs, 'header', { afterMs: 1_000 })
    await settled()
    process.send?.('')
    writeSync(1, 'ready')
    const end = setInterval(() => existsSync(go) && (clearInterval(end), void spoor.close()), 10)
  `)
  let out = ''
  program.child.stdout?.on('data', (chunk) => (out += chunk))
  await vi.waitFor(() => expect(out).toContain('ready'), WAITING)
  program.child.kill('SIGSTOP')
  const stopped = performance.now()
  await vi.waitFor(() => expect(performance.now() - stopped).toBeGreaterThan(2_500), WAITING)
  program.child.kill('SIGCONT')
  program.go()
  expect((await program.outcome).code).toBe(0)
  expect(program.lines()).toEqual([])
})

test('modules that the process preloads are not loaded into the thread', async () => {
  const folder = temporaryFolder()
  const preload = join(folder, 'preload.mjs')
  writeFileSync(
    preload,
    `import { isMainThread } from 'node:worker_threads'
    import { writeFileSync } from 'node:fs'
    if (!isMainThread) writeFileSync(${JSON.stringify(join(folder, 'loaded'))}, '')`,
  )
  const program = startBlocking(request('header', 'block()'), { NODE_OPTIONS: `--import ${preload}` })
  await lineWhileBlocked(program, 'GET')
  await program.outcome
  expect(existsSync(join(folder, 'loaded'))).toBe(false)
})

test('a service that esbuild bundles into one small file has its watchdog', async () => {
  const folder = temporaryFolder()
  const outfile = join(folder, 'service.cjs')
  const source = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const program = `(async () => {
    ${request('header', 'await turn(); block()')}
  })()`
  await build({
    stdin: { contents: preamble.replaceAll("'spoor'", JSON.stringify(source)) + program, resolveDir: folder },
    ...{ bundle: true, minify: true, platform: 'node', format: 'cjs', outfile, logLevel: 'silent' },
    // Of @datadog/sketches-js, for an encoding that is not used. scripts/bundle.mjs leaves it out of the package.
    external: ['protobufjs/minimal'],
  })
  const child = spawn(process.execPath, [outfile], { env: { ...process.env, LOGS: folder }, stdio: 'pipe' })
  const outcome = outcomeOf(child)
  await vi.waitFor(() => {
    const lines = linesOf(folder, 'root.log').map((line) => JSON.parse(line) as object)
    expect(lines).toContainEqual(expect.objectContaining({ account: 'acme', level: 'error', method: 'GET' }))
  }, WAITING)
  writeFileSync(join(folder, 'go'), '')
  expect((await outcome).code).toBe(0)
})
