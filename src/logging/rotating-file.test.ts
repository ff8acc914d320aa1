import { once } from 'node:events'
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import winston from 'winston'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import { outcomeOf, runProgram, startProgram } from '../../test/programs/program.js'
import type { OptionsError } from '../options.js'
import { rotatingFile } from './rotating-file.js'

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
const numbered = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).n as number)
const written = (stream: NodeJS.WritableStream, text: string | Buffer) =>
  new Promise<void>((resolve) => void stream.write(text as string, () => resolve()))

/** The lines of a file and its backups, oldest first. */
function allLines(path: string, backups = 100): string[] {
  return [...upTo(backups).map((n) => `${path}.${backups - n}`), path].flatMap((file) => linesOf(file))
}

describe('rotatingFile', () => {
  test('makes its folder, and takes the lines of pino', async () => {
    const path = join(temporaryFolder(), 'logs/deep/app.log')
    const stream = rotatingFile(path, { mode: 0o600 })
    const log = pino({ base: null }, stream)
    for (let n = 0; n < 1_000; n++) log.info({ n }, 'line')
    stream.end()
    await finished(stream)
    expect(numbered(linesOf(path))).toEqual(upTo(1_000))
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('takes the lines of winston, and rotates before the file would grow past maxBytes', async () => {
    const path = join(temporaryFolder(), 'app.log')
    const stream = rotatingFile(path, { maxBytes: 2_000, backups: 100 })
    const logger = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] })
    for (let n = 0; n < 500; n++) logger.info('line', { n })
    logger.end()
    await once(logger, 'finish')
    stream.end()
    await finished(stream)
    expect(numbered(allLines(path))).toEqual(upTo(500))
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(2_000)
  })

  test('calls back, and drains, when the lines are in the file', async () => {
    const path = join(temporaryFolder(), 'app.log')
    const stream = rotatingFile(path)
    await written(stream, 'one\n')
    expect(linesOf(path)).toEqual(['one'])
    await pipeline(Readable.from(upTo(20_000).map((n) => `{"n":${n}}\n`)), stream)
    expect(numbered(linesOf(path).slice(1))).toEqual(upTo(20_000))
  })

  test('writes whole lines only, however the chunks are cut; the rest gets a newline at the end', async () => {
    const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' ')))
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(100)), async (texts, cuts) => {
        const path = join(
          temporaryFolder(() => {}),
          'app.log',
        )
        const bytes = Buffer.from(texts.join('\n'))
        const stream = rotatingFile(path, { maxBytes: 64, backups: 1_000 })
        let at = 0
        for (const cut of [...cuts, bytes.length]) {
          stream.write(bytes.subarray(at, at + cut))
          at += cut
        }
        stream.end()
        await finished(stream)
        const expected = bytes.length === 0 || bytes.at(-1) === 10 ? texts.slice(0, -1) : texts
        expect(allLines(path, 1_000)).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  test('shares a file with another process: no line is lost, torn or doubled', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'app.log')
    const program = (from: number) => `
      import { pino } from 'pino'
      import { rotatingFile } from 'spoor'
      const log = pino({ base: null }, rotatingFile(${JSON.stringify(path)}, { maxBytes: 20_000, backups: 100 }))
      for (let n = ${from}; n < 4_000; n += 2) {
        log.info({ n }, 'line')
        if (n % 50 === ${from}) await new Promise(setImmediate)
      }`
    const all = await Promise.all([0, 1].map((from) => runProgram(program(from))))
    expect(all.map(({ stderr }) => stderr).join('')).toBe('')
    expect(all.map(({ code }) => code)).toEqual([0, 0])
    expect(numbered(allLines(path)).sort((a, b) => a - b)).toEqual(upTo(4_000))
  })

  test.each(['process.exit(0)', 'stream.destroy()', 'stream.cork(); stream.write("2\\n"); process.exit(0)', ''])(
    'writes everything it was given when the process ends by: %s',
    async (end) => {
      const path = join(temporaryFolder(), 'app.log')
      const { stderr } = await runProgram(`
        import { rotatingFile } from 'spoor'
        const stream = rotatingFile(${JSON.stringify(path)})
        for (let n = 0; n < 100; n++) stream.write(n + '\\n')
        stream.write('the rest')
        ${end.includes('cork') ? 'stream.write("\\n")' : ''}
        ${end}`)
      const [rest, last] = [linesOf(path).slice(100), end.includes('cork') ? ['the rest', '2'] : ['the rest']]
      expect([stderr, linesOf(path).slice(0, 100).map(Number), rest]).toEqual(['', upTo(100), last])
    },
  )

  test('is not writable in object mode', () => {
    const stream = rotatingFile(join(temporaryFolder(), 'app.log'))
    expect(stream.writableObjectMode).toBe(false)
    expect(() => stream.write({} as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
    stream.destroy()
  })

  test('writes a line of 20 MB without a newline in pieces, and does not keep more than 16 MB of it', async () => {
    const path = join(temporaryFolder(), 'app.log')
    const stream = rotatingFile(path, { maxBytes: 2 ** 30 })
    for (let n = 0; n < 20; n++) await written(stream, Buffer.alloc(2 ** 20, 'x'))
    expect(statSync(path).size).toBeGreaterThan(16 * 2 ** 20)
    stream.end()
    await finished(stream)
    expect(readFileSync(path, 'latin1').replaceAll('\n', '')).toHaveLength(20 * 2 ** 20)
  })
})

describe('a file that cannot be written', () => {
  test('makes the stream full, raises no error, and has every line when it is writable again', async () => {
    const path = join(temporaryFolder(), 'app.log')
    mkdirSync(path)
    const warnings: string[] = []
    const note = ({ message }: Error) => void warnings.push(message)
    process.on('warning', note)
    const stream = rotatingFile(path)
    let [accepted, isDone] = [0, false]
    const source = async function* () {
      for (let n = 0; n < 10_000; n++) {
        accepted = n
        yield `{"n":${n}}\n`
      }
    }
    const piped = pipeline(source(), stream).then(() => {
      isDone = true
    })
    await expect.poll(() => warnings.some((said) => said.includes('cannot be written: EISDIR'))).toBe(true)
    await expect.poll(() => stream.writableNeedDrain).toBe(true)
    expect([accepted < 9_999, isDone]).toEqual([true, false])
    rmdirSync(path)
    await piped
    expect(numbered(linesOf(path))).toEqual(upTo(10_000))
    await expect.poll(() => warnings.at(-1)).toMatch(/app\.log is writable again: \d+ lines? recovered, 0 lost$/)
    expect(warnings[0]).toMatch(/: expected a regular file, got a directory; delete it/)
    process.off('warning', note)
  })

  test('keeps at most 17 MB for a writer that continues, and a line says how many others are missing', async () => {
    const path = join(temporaryFolder(), 'app.log')
    mkdirSync(path)
    const stream = rotatingFile(path, { maxBytes: 2 ** 30 })
    const pad = 'x'.repeat(1_000)
    for (let n = 0; n < 60_000; n++) stream.write(`{"n":${n},"pad":"${pad}"}\n`)
    expect(stream.writableLength).toBeLessThan(2 * 2 ** 20)
    rmdirSync(path)
    stream.end()
    await finished(stream)
    const lines = linesOf(path)
    const notice = lines.findIndex((line) => line.includes('missing'))
    const { missing } = JSON.parse(lines[notice] as string)
    expect(numbered(lines.slice(0, notice))).toEqual(upTo(notice))
    expect(notice).toBeGreaterThan(14_000)
    expect(missing.lines + lines.length - 1).toBe(60_000)
    expect(missing.lines).toBeGreaterThan(20_000)
  })

  test('reports its lost lines on standard error if the process ends first', async () => {
    const path = join(temporaryFolder(), 'app.log')
    mkdirSync(path)
    const child = startProgram(`
      import { rotatingFile } from 'spoor'
      const stream = rotatingFile(${JSON.stringify(path)})
      for (let n = 0; n < 100; n++) stream.write(n + '\\n')
      process.exitCode = 3`)
    const { code, stderr } = await outcomeOf(child)
    expect(code).toBe(3)
    expect(stderr).toContain(`spoor: ${path} did not take 100 lines before the process ended\n`)
  })

  test('says how many lines are lost if the stream is destroyed first', async () => {
    const path = join(temporaryFolder(), 'app.log')
    mkdirSync(path)
    const { stderr } = await runProgram(`
      import { rotatingFile } from 'spoor'
      const stream = rotatingFile(${JSON.stringify(path)})
      for (let n = 0; n < 100; n++) stream.write(n + '\\n')
      stream.destroy()`)
    expect(stderr).toContain('100 lines are lost, because the stream was destroyed before the file was writable again')
  })
})

test('every mistake in the path and the options is reported at once', () => {
  const problems = (...args: unknown[]) => {
    try {
      Reflect.apply(rotatingFile, undefined, args)
    } catch (error) {
      return (error as OptionsError).problems
    }
  }
  expect(problems('')).toEqual([`path: expected the path of a file, got ""; write one such as 'logs/app.log'`])
  expect(problems('logs/')).toHaveLength(1)
  expect(problems(7, { maxBytes: 0, backups: 1.5, keepForMs: '1d', mode: 640, size: '10m', colour: 1 })).toEqual([
    expect.stringMatching(/^path: expected the path of a file, got 7; /),
    'maxBytes: expected a whole number of bytes, at least 1, got 0',
    'backups: expected a whole number of backups, at least 1, got 1.5',
    'keepForMs: expected a whole number of milliseconds, at least 1, got "1d"; write 86_400_000',
    expect.stringMatching(/^mode: expected a file mode .*, got 640; did you mean 0o640\?$/),
    'size: no such option; write maxBytes, in bytes',
    expect.stringMatching(/^colour: no such option; there are maxBytes, backups, keepForMs, mode$/),
  ])
  expect(problems('a.log', 'daily')).toEqual([expect.stringMatching(/^options: expected an object, got "daily"/)])
})

test('a backup whose last line is older than keepForMs is deleted when the file is opened', async () => {
  const path = join(temporaryFolder(), 'app.log')
  writeFileSync(`${path}.1`, `{"level":30,"time":${Date.now() - 1_000},"msg":"new"}\n`)
  writeFileSync(`${path}.2`, `{"level":30,"time":${Date.now() - 100_000},"msg":"old"}\n`)
  const stream = rotatingFile(path, { keepForMs: 50_000 })
  await written(stream, 'line\n')
  expect([linesOf(`${path}.1`).length, linesOf(`${path}.2`).length]).toEqual([1, 0])
  stream.end()
})
