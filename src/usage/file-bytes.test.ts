import fs, * as esm from 'node:fs'
import * as esmPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'
import { testUsage, Worker } from '../../test/usage/burn.js'
import type { Usage } from './usage.js'

let usage: Usage
const before = { ...fs }
const beforePromises = { ...fs.promises }

beforeAll(() => {
  usage = testUsage({ fs: true })
})
afterAll(() => usage.close())

const text = 'grün '.repeat(40_000) // 240,000 bytes: several chunks
const bytes = Buffer.byteLength(text)

/** The bytes that are read and written, and the number of operations (0: depends on the size of chunks). */
type Case = [how: string, readBytes: number, writtenBytes: number, operations: number, fn: (path: string) => unknown]

const callback = (call: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))

const withFile = async (path: string, flags: string, use: (fd: number) => unknown): Promise<void> => {
  const fd = fs.openSync(path, flags)
  try {
    await use(fd)
  } finally {
    fs.closeSync(fd)
  }
}
const half = Buffer.alloc(50)

const cases: Case[] = [
  ['readFile', bytes, 0, 1, (path) => callback((done) => fs.readFile(path, done))],
  ['readFile as text', bytes, 0, 1, (path) => callback((done) => fs.readFile(path, 'utf8', done))],
  ['readFileSync', bytes, 0, 1, (path) => fs.readFileSync(path)],
  ['readFileSync as hex', bytes, 0, 1, (path) => fs.readFileSync(path, { encoding: 'hex' })],
  ['promises.readFile', bytes, 0, 1, (path) => fs.promises.readFile(path)],
  ['node:fs/promises imported by name', bytes, 0, 1, (path) => esmPromises.readFile(path, 'latin1')],
  ['node:fs imported by name', bytes, 0, 1, (path) => esm.readFileSync(path)],
  ['promisified readFile', bytes, 0, 1, (path) => promisify(fs.readFile)(path)],
  ['a stream', bytes, 0, 0, (path) => fs.createReadStream(path).toArray()],
  ['writeFile', 0, bytes, 1, (path) => callback((done) => fs.writeFile(path, text, done))],
  ['writeFile in another encoding', 0, 4, 1, (path) => callback((done) => fs.writeFile(path, 'cafebabe', 'hex', done))],
  ['writeFile of bytes', 0, 50, 1, (path) => callback((done) => fs.writeFile(path, half, done))],
  ['writeFileSync', 0, bytes, 1, (path) => fs.writeFileSync(path, text)],
  ['promises.writeFile', 0, bytes, 1, (path) => fs.promises.writeFile(path, text)],
  ['appendFile', 0, bytes, 1, (path) => callback((done) => fs.appendFile(path, text, done))],
  ['appendFileSync', 0, bytes, 1, (path) => fs.appendFileSync(path, text)],
  ['promises.appendFile', 0, 50, 1, (path) => fs.promises.appendFile(path, half)],
  ['read', 50, 0, 1, (path) => withFile(path, 'r', (fd) => callback((done) => fs.read(fd, half, done)))],
  ['promisified read', 50, 0, 1, (path) => withFile(path, 'r', (fd) => promisify(fs.read)(fd, half, 0, 50, 0))],
  ['readSync', 50, 0, 1, (path) => withFile(path, 'r', (fd) => fs.readSync(fd, half))],
  ['readv', 50, 0, 1, (path) => withFile(path, 'r', (fd) => callback((done) => fs.readv(fd, [half], done)))],
  ['readvSync', 50, 0, 1, (path) => withFile(path, 'r', (fd) => fs.readvSync(fd, [half]))],
  ['write', 0, 50, 1, (path) => withFile(path, 'a', (fd) => callback((done) => fs.write(fd, half, done)))],
  ['write of text', 0, 6, 1, (path) => withFile(path, 'a', (fd) => callback((done) => fs.write(fd, 'grün ', done)))],
  ['writeSync', 0, 50, 1, (path) => withFile(path, 'a', (fd) => fs.writeSync(fd, half))],
  ['writev', 0, 100, 1, (path) => withFile(path, 'a', (fd) => callback((done) => fs.writev(fd, [half, half], done)))],
  ['writevSync', 0, 50, 1, (path) => withFile(path, 'a', (fd) => fs.writevSync(fd, [half]))],
  [
    'a stream into another file',
    bytes,
    bytes,
    0,
    (path) => pipeline(fs.createReadStream(path), fs.createWriteStream(`${path}.copy`)),
  ],
  [
    'a file handle',
    bytes + 50,
    50 + bytes,
    4,
    async (path) => {
      const handle = await fs.promises.open(path, 'r+')
      await handle.read(half, 0, 50, 0)
      await handle.write(half)
      await handle.close()
      const again = await esmPromises.open(path, 'r+')
      await again.readFile()
      await again.writeFile(text)
      await again.close()
    },
  ],
]

describe('bytes of node:fs', () => {
  it.each(cases)('by %s are counted once', async (_, readBytes, writtenBytes, operations, fn) => {
    const path = `${temporaryFolder()}/file`
    fs.writeFileSync(path, text)
    const [worker, other] = [new Worker(), new Worker()]
    for (const { context } of [worker, other]) usage.begin(context)
    await Promise.all([worker.run(async () => fn(path)), other.run(async () => fs.readFileSync(`${path}`))])
    const counted = usage.end(worker.context)?.fs
    expect(counted).toMatchObject({ readBytes, writtenBytes })
    if (operations > 0) expect(counted?.operations).toBe(operations)
  })

  it('the same bytes written to several files at once are counted for each', async () => {
    const folder = temporaryFolder()
    const worker = new Worker()
    usage.begin(worker.context)
    const write = (name: string): Promise<void> => callback((done) => fs.writeFile(`${folder}/${name}`, half, done))
    await worker.run(() =>
      withFile(`${folder}/part`, 'w', (fd) =>
        Promise.all([write('a'), write('b'), callback((done) => fs.write(fd, half, done))]),
      ),
    )
    expect(usage.end(worker.context)?.fs).toMatchObject({ writtenBytes: 150, operations: 3 })
  })

  it('an operation that fails throws as before, and is counted', async () => {
    const worker = new Worker()
    usage.begin(worker.context)
    const missing = `${temporaryFolder()}/missing`
    await worker.run(async () => {
      expect(() => fs.readFileSync(missing)).toThrow(/ENOENT/)
      await expect(fs.promises.readFile(missing)).rejects.toThrow(/ENOENT/)
      await expect(callback((done) => fs.readFile(missing, done))).rejects.toThrow(/ENOENT/)
      expect(() => fs.writeFile(missing, 7 as never, () => {})).toThrow(/ERR_INVALID_ARG_TYPE|"data" argument/)
      expect(() => fs.readFile(missing, undefined as never)).toThrow(/ERR_INVALID_ARG_TYPE|"cb" argument/)
    })
    expect(usage.end(worker.context)?.fs).toMatchObject({ readBytes: 0, writtenBytes: 0, operations: 5 })
  })

  it('operations outside measured work are not counted, and work as before', async () => {
    const path = `${temporaryFolder()}/file`
    await callback((done) => fs.writeFile(path, text, done))
    expect(await fs.promises.readFile(path, 'utf8')).toBe(text)
    const worker = new Worker()
    await worker.run(() => fs.promises.readFile(path))
    expect(worker.context.work.charge).toBeUndefined()
  })

  it('are absent by default', () => {
    const plain = testUsage()
    const worker = new Worker()
    plain.begin(worker.context)
    worker.run(() => fs.readFileSync(new URL(import.meta.url)))
    expect(plain.end(worker.context)?.fs).toBeUndefined()
    plain.close()
  })

  it('are not counted once a request is settled', async () => {
    const worker = new Worker()
    usage.begin(worker.context)
    usage.end(worker.context)
    const { charge } = worker.context.work
    if (charge) charge.settled = true
    worker.run(() => fs.readFileSync(new URL(import.meta.url)))
    expect(charge?.fs).toEqual({ readBytes: 0, writtenBytes: 0, operations: 0 })
  })

  it('a wrapper of another library stays in place and works', () => {
    const other = testUsage({ fs: true })
    usage.close()
    const below = fs.readFileSync
    const above = (...args: Parameters<typeof below>) => below(...args)
    fs.readFileSync = above as typeof below
    other.close()
    expect(fs.readFileSync).toBe(above)
    expect(fs.readFileSync(new URL(import.meta.url), 'utf8')).toContain('stays there, and works')
    fs.readFileSync = before.readFileSync
    syncBuiltinESMExports()
    usage = testUsage({ fs: true })
  })

  it('the original functions of node:fs are restored on close', () => {
    expect(fs.readFileSync).not.toBe(before.readFileSync)
    usage.close()
    expect({ ...fs }).toEqual(before)
    expect({ ...fs.promises }).toEqual(beforePromises)
    expect(esm.readFileSync).toBe(before.readFileSync)
  })
})
