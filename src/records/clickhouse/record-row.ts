import { Readable } from 'node:stream'
import type { StoredRecord } from '../record.js'
import { binaryText } from './line-batch.js'

const unreadable = /\\ud[89a-f]|\d{20}/
const half = /\\ud[89a-f][0-9a-f]{2}/g
/** From here on the server's parser of JSON gives up. */
const maxNumber = 2 ** 63

let lastRevision = 0

/** Rows for `spoor_records_in`, in the format RowBinary. A later row of a record counts more than an earlier one. */
export function rowsOfRecords(records: Iterable<StoredRecord>): Readable {
  const pieces: Buffer[] = []
  for (const record of records) {
    const json = JSON.stringify(record)
    const revision = Buffer.alloc(8)
    revision.writeBigUInt64LE(BigInt(nextRevision()))
    pieces.push(binaryText(json), binaryText(readableJson(record, json)), revision)
  }
  return Readable.from([Buffer.concat(pieces)], { objectMode: false })
}

/** In µs, and always more than before. A record is written by one process, so clocks of several need not agree. */
function nextRevision(): number {
  lastRevision = Math.max(lastRevision + 1, Date.now() * 1_000)
  return lastRevision
}

/** A JSON that the server can read, where it cannot read `json`: a number above 2^64, or half of a surrogate pair. Otherwise empty. */
function readableJson(record: StoredRecord, json: string): string {
  if (!unreadable.test(json)) return ''
  const plain = JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'number' && Math.abs(value) >= maxNumber ? String(value) : value,
  )
  return plain.replace(half, '\\ufffd')
}
