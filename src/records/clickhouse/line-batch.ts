import { Readable } from 'node:stream'
import { instance } from '../instance.js'

/** Lines that are sent together, and found again by their batch's name. */
export interface LineBatch {
  /** The name: process, time and number. Rows keep it, so that a batch is not stored twice. */
  readonly id: string
  /** When it began, in ms since the epoch; its lines are about as old. */
  readonly created: number
  readonly pieces: readonly Buffer[]
  readonly bytes: number
  readonly count: number
  /** True if an earlier attempt may have stored it. */
  isUnsure: boolean
}

let batches = 0

/** A batch that takes lines. */
export class OpenBatch implements LineBatch {
  readonly created: number = Date.now()
  readonly id: string = `${instance}:${this.created}:${++batches}`
  readonly pieces: Buffer[] = []
  bytes = 0
  count = 0
  isUnsure = false

  /** Keeps `lines` without a copy: line buffers make a new one for each write. */
  add(lines: Buffer, count: number): void {
    this.pieces.push(lines)
    this.bytes += lines.length
    this.count += count
  }
}

/** A batch as the one row of an insert in the format RowBinary, which takes lines as they are: a text is its length and its bytes. */
export function rowOf(batch: LineBatch, service: string): Readable {
  const colon = instance.lastIndexOf(':')
  const texts = [service, instance.slice(0, colon), instance.slice(colon + 1), batch.id]
  const head = [...texts.map(binaryText), lengthOf(batch.bytes)]
  // In one piece: a batch of a service has a thousand, and each would pass the streams and the socket alone.
  return Readable.from([Buffer.concat([...head, ...batch.pieces])], { objectMode: false })
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
