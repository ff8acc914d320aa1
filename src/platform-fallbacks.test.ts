import { execFileSync, spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../test/programs/folder.js'
import { type Outcome, outcomeOf, runProgram, writeProgram } from '../test/programs/program.js'

/** Lets every synchronous look at /proc fail, as on macOS and Windows. */
const noProc = `
for (const name of ['openSync', 'readFileSync', 'readlinkSync', 'existsSync', 'statSync', 'lstatSync']) {
  const below = fs[name]
  fs[name] = (path, ...rest) => {
    if (!String(path).startsWith('/proc')) return below(path, ...rest)
    if (name === 'existsSync') return false
    throw Object.assign(new Error('ENOENT: no such file or directory, ' + path), { code: 'ENOENT' })
  }
}
process.memoryUsage.rss = () => { throw new Error('ENOENT: no such file or directory, uv_resident_set_memory') }
`
const noCpuClock = `${noProc}; delete process.threadCpuUsage; Object.assign(process, { threadCpuUsage: undefined });`

/** Each row removes a part of the runtime. `clock` is the clock in the record then; undefined: depends on the system. */
const taken: [string, string, ('thread' | 'wall')?][] = [
  ['nothing', ''],
  ['/proc', noProc],
  ['the CPU clock of the thread', noCpuClock, 'wall'],
  ['threadCpuUsage', 'Object.assign(process, { threadCpuUsage: undefined })'],
  [
    'what threadCpuUsage asks (SunOS: it throws)',
    `${noProc}; process.threadCpuUsage = () => { throw new Error('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM') }`,
    'wall',
  ],
  [
    'the fineness of the CPU clock (ticks of 16 ms)',
    `${noProc}; const below = process.cpuUsage
    process.threadCpuUsage = () => { const { user } = below.call(process); return { user: user - (user % 16000), system: 0 } }`,
    'wall',
  ],
  ['user ids (Windows)', 'for (const name of ["getuid", "geteuid", "getgid", "getgroups"]) process[name] = undefined'],
  [
    'every channel of diagnostics_channel',
    'const channels = process.getBuiltinModule("node:diagnostics_channel"); channels.subscribe = () => {}; channels.unsubscribe = () => true',
  ],
  [
    'the hooks of promises',
    'const hooks = process.getBuiltinModule("node:async_hooks"); const below = hooks.createHook; hooks.createHook = ({ trackPromises, ...rest }) => below(rest)',
  ],
  [
    'entries of the garbage collector',
    'const { PerformanceObserver } = process.getBuiltinModule("node:perf_hooks"); PerformanceObserver.prototype.observe = () => {}',
  ],
  [
    'the count of all allocated bytes',
    'const v8 = process.getBuiltinModule("node:v8"); const below = v8.getHeapStatistics; v8.getHeapStatistics = () => ({ ...below(), total_allocated_bytes: undefined })',
  ],
  ['the CPU figures of the process', 'process.cpuUsage = undefined', 'wall'],
  ['the memory figures of the process', 'process.memoryUsage = undefined'],
  ['the heap figures of v8', 'process.getBuiltinModule("node:v8").getHeapStatistics = undefined'],
  [
    'heap figures that may be read',
    'process.getBuiltinModule("node:v8").getHeapStatistics = () => { throw new Error("refused") }',
  ],
  [
    'observers of node:perf_hooks',
    'process.getBuiltinModule("node:perf_hooks").PerformanceObserver = globalThis.PerformanceObserver = undefined',
  ],
  ['the idle time of the event loop', 'Object.defineProperty(performance, "nodeTiming", { value: undefined })'],
  [
    'a name of the machine',
    'process.getBuiltinModule("node:os").hostname = () => { throw new Error("uv_os_gethostname returned EPERM") }',
  ],
  [
    'functions of node:fs',
    'for (const name of ["readv", "readvSync", "writevSync", "appendFile"]) fs[name] = undefined',
  ],
]

// Node 20 before 20.16 has no getBuiltinModule.
const prelude = `
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
process.getBuiltinModule ??= createRequire(import.meta.url)
`

/** Serves one request with everything measured, and writes the request's line to `requests.jsonl`. */
const service = `
const http = await import('node:http')
const { createSpoor, defineLogs } = await import('spoor')
const { spoorNode } = await import('spoor/adapters/node/node.js')
const logs = defineLogs({ directory: process.env.LOGS, loggers: {} })
const alerts = { url: 'http://127.0.0.1:9/', secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3' }
const spoor = createSpoor({ service: 'fallback', logs, alerts, tracking: { mode: 'all', memory: true, fs: true } })
const handler = (request, response) => {
  fs.readFileSync(process.argv[1])
  for (let at = performance.now() + 5; performance.now() < at;);
  response.end('ok')
}
const server = http.createServer(spoorNode(spoor, { handler }))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const response = await fetch('http://127.0.0.1:' + server.address().port)
console.log(response.status, await response.text(), response.headers.get('x-request-id')?.length)
await new Promise((resolve) => server.close(resolve))
await spoor.close()
await logs.close()
`

const source = (take: string): string => `${prelude}{ ${take} }\nsyncBuiltinESMExports()\n${service}`

function check(outcome: Outcome, folder: string, clock: string | undefined): void {
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('200 ok 36') })
  // What it used after its end is a line of its own.
  const lines = linesOf(folder, 'requests.jsonl').map((line) => JSON.parse(line))
  const own = lines.filter(({ status }) => status === 200)
  expect(own).toHaveLength(1)
  const { cpu } = own[0]
  expect(cpu.ms).toBeGreaterThan(0)
  if (clock !== undefined) expect(cpu.clock).toBe(clock)
  // The warning about the clock is written, and once.
  expect(outcome.stdout.match(/no fine clock/g) ?? []).toHaveLength(cpu.clock === 'wall' ? 1 : 0)
}

test('a record has no figures that the platform lacks', async () => {
  const folder = temporaryFolder()
  const take =
    'process.cpuUsage = process.memoryUsage = process.getBuiltinModule("node:v8").getHeapStatistics = undefined'
  await runProgram(source(take), { env: { LOGS: folder } })
  const [line] = linesOf(folder, 'requests.jsonl').map((text) => JSON.parse(text))
  expect(line).not.toHaveProperty('memory')
  for (const name of ['cpuMs', 'heapDeltaBytes', 'rssDeltaBytes']) expect(line.process).not.toHaveProperty(name)
  expect(line.process.inFlight).toBe(1)
})

describe('a service with tracking mode all starts, answers and writes its request line', () => {
  test.each(taken)('without %s', async (_, take, clock) => {
    const folder = temporaryFolder()
    check(await runProgram(source(take), { env: { LOGS: folder } }), folder, clock)
  })

  test.skipIf(!mayHideProc())('without a /proc to mount', async () => {
    const folder = temporaryFolder()
    const command = 'mount -t tmpfs none /proc && exec "$0" "$1"'
    const args = ['-m', 'sh', '-c', command, process.execPath, writeProgram(source(''))]
    const child = spawn('unshare', args, {
      env: { ...process.env, LOGS: folder, SPOOR_FILES: undefined, NODE_OPTIONS: undefined },
    })
    check(await outcomeOf(child), folder, undefined)
  })
})

/** True if this user may mount a /proc: root, if the container allows it. */
function mayHideProc(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/proc'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
