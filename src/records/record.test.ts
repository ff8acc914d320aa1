import { describe, expect, test } from 'vitest'
import { made } from '../../test/records/made.js'
import { sampleOf, wholeRecord } from '../../test/records/sample.js'
import { createContext } from '../context/request-context.js'
import { lineRecord } from '../reading/line-record.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { recordBytes } from './record-bytes.js'
import { memberRows } from './record-table.js'
import { requestLine } from './request-line.js'
import { recordOf } from './request-record.js'
import { storedRecord } from './stored-record.js'

// The table of members against the code of the hot path, which names every member by hand.

const namesWhere = (is: (row: (typeof memberRows)[number][1]) => boolean): string[] =>
  memberRows.filter(([, row]) => is(row)).map(([name]) => name)
const whole = wholeRecord(memberRows)
const context = createContext('request', { account: 'acme' })
const begun = recordOf(context, { service: 'publisher', version: '1' }, { startedAt: 0, startTick: 0 }, {})
const onEveryLine = ['requestId', 'parentId', 'account']

describe('the table of members', () => {
  test('lists as line members exactly the members that recordOf writes', () => {
    expect(Object.keys(begun).sort()).toEqual(namesWhere(({ inLine }) => inLine).sort())
  })

  test('has every member of a stored record; late figures are added afterwards', () => {
    const stored = storedRecord(begun, context.work, 0, (value) => value as SafeValue)
    expect(Object.keys({ ...stored, late: undefined }).sort()).toEqual(namesWhere(() => true).sort())
  })

  test.each(namesWhere(({ inLine }) => inLine))('lists %s as a line member, and the line has it', (name) => {
    const { outgoing, steps, jobs, late, instance, ...record } = whole
    const line = requestLine(record).fields
    expect(Object.keys(onEveryLine.includes(name) ? record : line)).toContain(name)
  })
})

describe('the size of a record counts', () => {
  const counted = memberRows.filter(([, { isOptional, kind }]) => isOptional || kind === 'list')
  test.each(counted)('%s, nearly as JSON does', (name, row) => {
    const without = made(1, { [name]: row.kind === 'list' ? [] : undefined })
    const record = made(1, { [name]: sampleOf(row) })
    const inJson = JSON.stringify(record).length - JSON.stringify(without).length
    const share = (recordBytes(record) - recordBytes(without)) / inJson
    expect([name, share]).toEqual([name, expect.toSatisfy((one: number) => one > 0.6 && one < 1.6)])
  })
})

test('the reader of lines reads every member of a line', () => {
  const { requestId, parentId, account, ...fields } = whole
  const line = { time: whole.startedAt, level: 'info', logger: 'requests', message: '', requestId, parentId, account }
  expect(lineRecord({ ...line, fields } as never)).toEqual({ ...whole, io: expect.anything() })
})
