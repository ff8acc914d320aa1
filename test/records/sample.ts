import type { StoredRecord } from 'spoor'
import type { Member, Parts } from '../../src/records/record-member.js'

const numbers = { ms: 14.021, 'ms after the start': 3.5, bytes: 123_456, count: 12 }

/** A usual value of a member. */
export function sampleOf(member: Member): unknown {
  switch (member.kind) {
    case 'text':
      return 'a sample'
    case 'time':
      return '2026-11-24T12:00:00.000Z'
    case 'number':
      return numbers[member.unit ?? 'count']
    case 'flag':
    case 'boolean':
      return true
    case 'value':
      return { type: 'Error', message: 'x' }
    case 'values':
      return { plan: 'pro', seats: 12 }
    case 'numbers':
      return { tokens: 1_200 }
    case 'spans':
      return [[12.25, 1.5]]
    case 'object':
      return partsOf(member.parts)
    case 'list':
      return [partsOf(member.parts)]
    case 'names':
      return { 'blog.acme.example': partsOf(member.parts) }
  }
}

/** A record that has every member of the table. */
export function wholeRecord(rows: readonly (readonly [string, Member])[]): StoredRecord {
  const record = Object.fromEntries(rows.map(([name, row]) => [name, sampleOf(row)]))
  return { ...record, kind: 'request' } as unknown as StoredRecord
}

function partsOf(parts: Parts): object {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, sampleOf(part)]))
}
