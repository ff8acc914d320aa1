import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inKeptOrder, nextOrder, pressed, readOrder, sortRows, writeOrder } from './sort.js'

interface Row {
  readonly name: string
  readonly value: number | string | undefined
}
const rows: Row[] = [
  { name: '(other)', value: 99 },
  { name: 'hooli', value: 1 },
  { name: 'acme', value: undefined },
  { name: 'globex', value: 3 },
]
const names = (all: readonly Row[]): string[] => all.map(({ name }) => name)
const isLast = ({ name }: Row): boolean => name === '(other)'

describe('rows', () => {
  test('stand with the largest first; what is not known is below it, and the rest last', () => {
    expect(names(sortRows(rows, ({ value }) => value, false, isLast))).toEqual(['globex', 'hooli', 'acme', '(other)'])
    expect(names(sortRows(rows, ({ value }) => value, true, isLast))).toEqual(['hooli', 'globex', 'acme', '(other)'])
  })

  test('that are equal stay as the service gave them', () => {
    const equal = ['b', 'a', 'c'].map((name) => ({ name, value: 1 }))
    expect(names(sortRows(equal, ({ value }) => value, false, isLast))).toEqual(['b', 'a', 'c'])
  })

  test('are all still there, and unknown ones below known ones, whatever they hold', () => {
    const cell = fc.oneof(fc.double(), fc.string(), fc.constant(undefined))
    fc.assert(
      fc.property(fc.array(cell), fc.boolean(), (cells, isUp) => {
        const all = cells.map((value, at) => ({ name: String(at), value }))
        const sorted = sortRows(all, ({ value }) => value, isUp, isLast)
        expect(names(sorted).toSorted()).toEqual(names(all).toSorted())
        const known = sorted.map(({ value }) => value !== undefined && !Number.isNaN(value))
        expect(known).toEqual([...known].sort((one, other) => Number(other) - Number(one)))
      }),
    )
  })

  test('keep their places under the pointer, and new ones follow', () => {
    const now = ['new', 'globex', 'acme'].map((name) => ({ name, value: 1 }))
    expect(names(inKeptOrder(now, ['acme', 'gone', 'globex'], ({ name }) => name))).toEqual(['acme', 'globex', 'new'])
  })
})

describe('the order in the URL', () => {
  const columns = ['measure', 'requests', 'name']

  test('is read and written', () => {
    expect(readOrder('requests', columns, 'measure')).toEqual({ column: 'requests', isUp: false })
    expect(readOrder('requests.up', columns, 'measure')).toEqual({ column: 'requests', isUp: true })
    expect(writeOrder({ column: 'requests', isUp: true }, 'measure')).toBe('requests.up')
    expect(writeOrder({ column: 'measure', isUp: false }, 'measure')).toBeUndefined()
  })

  test('is the first one if the URL names no column', () => {
    for (const text of [null, '', 'nonsense', '.up', '__proto__'])
      expect(readOrder(text, columns, 'measure')).toEqual({ column: 'measure', isUp: false })
  })

  test('turns round with a second press, and goes on with s', () => {
    expect(pressed({ column: 'measure', isUp: false }, 'measure')).toEqual({ column: 'measure', isUp: true })
    expect(pressed({ column: 'measure', isUp: true }, 'requests')).toEqual({ column: 'requests', isUp: false })
    expect(nextOrder({ column: 'name', isUp: true }, columns)).toEqual({ column: 'measure', isUp: false })
    expect(nextOrder({ column: 'measure', isUp: false }, columns)).toEqual({ column: 'requests', isUp: false })
  })
})
