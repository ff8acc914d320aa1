// docs/platforms.md lists each call that behaves differently on macOS and Windows. It is compared with the sources here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))
const page = readFileSync(fileURLToPath(new URL('../docs/platforms.md', import.meta.url)), 'utf8')

/** The calls by their names on the page, and how they stand in the sources. */
const calls: Readonly<Record<string, RegExp>> = {
  threadCpuUsage: /\bthreadCpuUsage\b/,
  'process.cpuUsage': /\bprocess\.cpuUsage\b/,
  'process.memoryUsage': /\bprocess\.memoryUsage\b/,
  '/proc/thread-self/schedstat': /\/proc\/thread-self\/schedstat/,
  '/proc/self/io': /\/proc\/self\/io\b/,
  '/proc/self/fdinfo': /\/proc\/self\/fdinfo/,
  '/proc/self/fd/': /\/proc\/self\/fd\//,
  '/proc/PID': /\/proc\/(?:\$\{|self\/ns)/,
  PerformanceObserver: /\bPerformanceObserver\b/,
  monitorEventLoopDelay: /\bmonitorEventLoopDelay\b/,
  availableParallelism: /\bavailableParallelism\b/,
  'os.hostname': /\bhostname\(\)/,
  O_NOFOLLOW: /\bO_NOFOLLOW\b/,
  O_NONBLOCK: /\bO_NONBLOCK\b/,
  O_APPEND: /\bO_APPEND\b/,
  O_DIRECTORY: /\bO_DIRECTORY\b/,
  O_EXCL: /\bO_EXCL\b/,
  '`ino`': /\bino\b/,
  nlink: /\bnlink\b/,
  geteuid: /\bget(?:e?[ug]id|groups)\b/,
  '0o640': /\b0o[0-7]{3}\b/,
  rename: /\brename(?:Sync)?\(/,
  unlink: /\bunlinkSync\(/,
  '`link`': /\blinkSync\(/,
  'process.kill': /\bprocess\.kill\(/,
  'fs.watch': /\b(?:fs\.watch|watchFile)\(|\{[^}]*\bwatch\b[^}]*\} from 'node:fs'/,
  'times of change': /\bmtime(?:Ms|Ns)\b|\butimesSync\(/,
  fsync: /\bf(?:data)?sync(?:Sync)?\(/,
  EAGAIN: /'EAGAIN'/,
  isatty: /\bisatty\(/,
  isTTY: /\bisTTY\b/,
  isCharacterDevice: /\bisCharacterDevice\(\)/,
  SIGTERM: /'SIG[A-Z]+'/,
  // Not on the page, because nothing needs them: each would be a row.
  'process.platform': /\bprocess\.platform\b/,
  chmod: /\bf?ch(?:mod|own)(?:Sync)?\(/,
  symlink: /\b(?:symlink|realpath)(?:Sync)?\(/,
  statfs: /\bstatfs(?:Sync)?\(/,
}

/** Each row of the page: its call, and the files that it names. */
const rows = page
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter((cells) => cells.length === 6)
  .map(([, call = '', where = '']) => ({ call, files: where.match(/[\w/-]+\.ts\b/g) ?? [] }))

/** The sources by their paths, without comments. */
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, code: readFileSync(join(src, path), 'utf8').replace(/^\s*(?:\/?\*|\/\/).*$/gm, '') }))

const isNamed = (path: string, name: string) => path === name || path.endsWith(`/${name}`)

test.each(Object.entries(calls))('the page names each source that uses %s', (name, pattern) => {
  const named = rows.filter(({ call }) => call.includes(name)).flatMap(({ files }) => files)
  const using = sources.filter(({ code }) => pattern.test(code)).map(({ path }) => path)
  expect(using.filter((path) => !named.some((one) => isNamed(path, one)))).toEqual([])
})

test('the page names no source that is gone, and none that has the name of another', () => {
  const found = (name: string) => sources.filter(({ path }) => isNamed(path, name)).map(({ path }) => path)
  const names = [...new Set(rows.flatMap(({ files }) => files))]
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name) => found(name).length !== 1).map((name) => [name, found(name)])).toEqual([])
})
