import { Readable } from 'node:stream'
import { host, instance } from '../../process/instance.js'
import { LineChunks } from './line-chunks.js'

/** Lines that are sent together, and found again by their batch's name. */
export interface LineBatch {
  /** The name: process, time and number. Rows keep it, so that a batch is not stored twice. */
  readonly id: string
  /** When it began, in ms since the epoch; its lines are about as old. */
  readonly created: number
  readonly pieces: readonly Buffer[]
  readonly bytes: number
  readonly count: number
  /** How many lines its file lacks. A machine that goes down may leave a file without its end. */
  readonly missing?: number
  /** True if an earlier attempt may have stored it. */
  isUnsure: boolean
  /** Called once the server has it: nothing reads its bytes any more. One that went to a file may still be on its way. */
  release?(): void
}

let batches = 0

/** A batch that takes lines. */
export class OpenBatch implements LineBatch {
  readonly created: number = Date.now()
  readonly id: string = `${instance}:${this.created}:${++batches}`
  readonly #chunks = new LineChunks()
  bytes = 0
  count = 0
  isUnsure = false

  get pieces(): readonly Buffer[] {
    return this.#chunks.pieces
  }

  add(lines: Buffer, count: number): void {
    this.#chunks.add(lines)
    this.bytes += lines.length
    this.count += count
  }

  /** Called when it takes no more lines. */
  close(): void {
    this.#chunks.trim()
  }

  release(): void {
    this.#chunks.release()
  }
}

/** A batch as the one row of an insert in the format RowBinary, which takes lines as they are: a text is its length and its bytes. */
export function rowOf(batch: LineBatch, service: string): Readable {
  const texts = [service, host, String(process.pid), batch.id]
  const head = [...texts.map(binaryText), lengthOf(batch.bytes)]
  return Readable.from([Buffer.concat(head), ...batch.pieces], { objectMode: false })
}

/** A text of RowBinary. */
export function binaryText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([lengthOf(bytes.length), bytes])
}

/** A length as LEB128 (https://clickhouse.com/docs/interfaces/formats/RowBinary). */
function lengthOf(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}
