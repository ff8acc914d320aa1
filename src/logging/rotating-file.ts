import { basename, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { runDetached } from '../context/storage.js'
import { type Check, check, OptionsError, object, optional, wholeNumber } from '../options.js'
import { atExit, isExiting } from '../process/exit.js'
import { escapeJson } from '../safe-values/escape.js'
import { sayUnwritten } from './handlers/console.js'
import { FailureWarnings } from './handlers/failure-warnings.js'
import { FileHandler } from './handlers/file.js'
import { placeProblem } from './handlers/place-problem.js'
import { linesIn, RetryQueue } from './handlers/retry-queue.js'
import { fitting, type Rotation, rotationOf } from './handlers/rotation.js'
import { json } from './line.js'
import { fileMode } from './logs-options.js'
import { noticeLine } from './notice.js'

/** Options of `rotatingFile`. All have defaults. */
export interface RotatingFileOptions extends Partial<Rotation> {
  /** Permissions of the files that it creates. Default 0o640. */
  mode?: number | undefined
}

const maxKeptBytes = 16 * 2 ** 20
const policy = { maxKeptBytes, firstRetryMs: 10, maxRetryMs: 250, waitMs: 0 }
// A text without a newline must not fill the memory: a longer line is written in pieces.
const maxLineBytes = maxKeptBytes
const highWaterMark = 64 * 1024
const maxPieceBytes = 64 * 1024
// Small, because each chunk that Node holds takes some 200 bytes more than its text.
const maxHeldBytes = 2 ** 20
const newline = Buffer.from('\n')

/**
 * Returns a stream that writes lines to a file, for pino, winston and every other logger that writes to a stream. The stream
 * makes the directory, rotates the file, shares the file with other processes, and keeps lines while the file cannot be written,
 * as the loggers of `defineLogs` do.
 *
 * A line is written when its newline has come. At `end()`, the rest of the text is written with a newline. If the file fails,
 * the stream does not emit `error`: it is full (`write` returns false) until the file is writable again, and a process warning
 * reports the fault. If the writer continues although the stream is full, the stream keeps up to 17 MB. Further lines are
 * dropped, and a line in the file says how many.
 *
 * @param path the file. Its backups are `<path>.1`, `<path>.2` and so on
 * @example pino(rotatingFile('logs/app.log', { maxBytes: 10_000_000, backups: 5 }))
 * @throws OptionsError with every mistake in the path and the options
 */
export function rotatingFile(path: string, options: RotatingFileOptions = {}): Writable {
  const problems: string[] = []
  filePath(path, 'path', problems)
  fileOptions(options, '', problems)
  if (problems.length > 0) throw new OptionsError('rotatingFile', problems)
  const { mode = 0o640, ...rotation } = options
  return new RotatingFile(resolve(path), rotationOf(rotation), mode)
}

const filePath: Check = check(
  (value) =>
    typeof value === 'string' && value !== '' && !value.includes('\0') && !/[/\\]$|(^|[/\\])\.\.?$/.test(value),
  'the path of a file',
  "write one such as 'logs/app.log'",
)

const fileOptions: Check = object(
  {
    maxBytes: optional(wholeNumber(1, 'bytes')),
    backups: optional(wholeNumber(1, 'backups')),
    keepForMs: optional(wholeNumber(1, 'milliseconds')),
    mode: optional(fileMode),
  },
  'write { maxBytes: 10_000_000 }',
  {
    size: 'write maxBytes, in bytes',
    maxSize: 'write maxBytes, in bytes',
    maxsize: 'write maxBytes, in bytes',
    rotation: 'write its members here: { maxBytes, backups, keepForMs }',
    maxFiles: 'write backups',
    maxAge: 'write keepForMs, in milliseconds',
    limit: 'write backups',
    mkdir: 'the folder is always created',
    frequency: 'the file rotates by its size: write maxBytes',
    datePattern: 'the file rotates by its size: write maxBytes',
  },
)

type Done = (error?: Error | null) => void

class RotatingFile extends Writable {
  readonly #handler: FileHandler
  readonly #queue: RetryQueue
  /** The beginning of a line whose newline has not come yet, and room for more of it. */
  #begun: Buffer = Buffer.alloc(0)
  #begunBytes = 0
  /** Calls back for what was written last: in the next turn, or when the file is writable again. */
  #done: Done | undefined
  #turn: NodeJS.Immediate | undefined
  readonly #forgetExit: () => void

  constructor(path: string, rotation: Rotation, mode: number) {
    super({ highWaterMark, decodeStrings: true })
    const name = basename(path)
    const warnings = new FailureWarnings(
      (_, [failing]) => warn(`${path} cannot be written: ${failing?.error}; its lines are kept and tried again`),
      (message) => warn(message),
    )
    this.#handler = new FileHandler(path, { ...rotation, mode, warn })
    this.#queue = new RetryQueue(path, this.#handler, policy, {
      refused() {},
      failed: (queue) => warnings.raise(queue),
      recovered: (...lines) => {
        warnings.clear(...lines)
        this.#answer()
      },
      notice: (...gap) => noticeLine(json, name, undefined, ...gap),
      unwritten: (lines) => sayUnwritten(lines, escapeJson(path)),
    })
    this.#forgetExit = atExit(() => {
      this.#writeAll()
      this.#endLine()
    })
    const problem = placeProblem(path)
    if (problem !== undefined) warn(`${problem}. Until then, the lines are kept and tried again`)
  }

  // Some writers, such as pino, continue although the stream is full. Their lines go to the queue, whose size is limited.
  override write(...args: unknown[]): boolean {
    const hasRoom = Reflect.apply(super.write, this, args) as boolean
    if (this.#isStuck && this.writableLength > maxHeldBytes) this.#answer()
    return hasRoom
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#take(chunk)
    this.#answerLater(done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.#take(Buffer.concat(chunks.map(({ chunk }) => chunk)))
    this.#answerLater(done)
  }

  override _final(done: Done): void {
    this.#endLine()
    // Not in the next turn: the process may exit now.
    if (this.#queue.keptLines > 0) this.#done = done
    else done()
  }

  /** Writes the text so far, if the file takes it now. Otherwise the text is lost. */
  override destroy(error?: Error): this {
    if (!this.destroyed) {
      this.#writeAll()
      this.#endLine()
    }
    return super.destroy(error)
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#forgetExit()
    clearImmediate(this.#turn)
    const { keptLines } = this.#queue
    if (keptLines > 0) this.#queue.flush().catch(() => {})
    const lost = this.#queue.keptLines
    if (lost > 0)
      warn(
        `${this.#handler.path}: ${lost === 1 ? '1 line is' : `${lost} lines are`} lost, because the stream was destroyed before the file was writable again`,
      )
    this.#queue.close().then(() => done(error))
  }

  get #isStuck(): boolean {
    return this.#done !== undefined && this.#turn === undefined
  }

  /** Writes the whole lines of `bytes`, and keeps the beginning of the next one. */
  #take(bytes: Buffer): void {
    const end = bytes.lastIndexOf(10) + 1
    if (end > 0) {
      const lines = bytes.subarray(0, end)
      const begun = this.#begun.subarray(0, this.#begunBytes)
      this.#begunBytes = 0
      // A long line must not hold its memory for ever.
      if (this.#begun.length > highWaterMark) this.#begun = Buffer.alloc(0)
      this.#deliver(begun.length === 0 ? lines : Buffer.concat([begun, lines]))
    }
    if (end < bytes.length) this.#begin(bytes.subarray(end))
  }

  #begin(bytes: Buffer): void {
    const before = this.#begun
    const length = this.#begunBytes + bytes.length
    if (length > before.length) {
      // Twice the length: bytes that come one by one are then not copied each time.
      this.#begun = Buffer.allocUnsafe(2 * length)
      before.copy(this.#begun, 0, 0, this.#begunBytes)
    }
    bytes.copy(this.#begun, this.#begunBytes)
    this.#begunBytes = length
    if (length > maxLineBytes) this.#endLine()
  }

  #endLine(): void {
    if (this.#begunBytes > 0) this.#take(newline)
  }

  /** In pieces: the queue keeps or drops each of them as a whole. */
  #deliver(lines: Buffer): void {
    for (let at = 0; at < lines.length; ) {
      const rest = lines.subarray(at)
      const piece = rest.subarray(0, fitting(rest, maxPieceBytes) || rest.indexOf(10) + 1)
      this.#queue.deliver(piece, linesIn(piece), '', 0)
      at += piece.length
    }
  }

  #answerLater(done: Done): void {
    this.#done = done
    if (isExiting()) this.#answer()
    // The lines that come until the next turn are written together.
    else if (this.#queue.keptLines === 0) this.#turn = runDetached(() => setImmediate(() => this.#answer()))
  }

  #answer(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    const done = this.#done
    this.#done = undefined
    done?.()
  }

  /** Node hands over what it holds as soon as it is told that the last write is done. */
  #writeAll(): void {
    while (this.writableCorked > 0) this.uncork()
    while (this.#done !== undefined && !this.writableFinished) this.#answer()
  }
}

function warn(message: string): void {
  process.emitWarning(escapeJson(message), { type: 'SpoorWarning', code: 'SPOOR_ROTATING_FILE' })
}
