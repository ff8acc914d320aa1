import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childTraceparent, newTrace, readTrace } from './trace-context.js'

// The examples of https://www.w3.org/TR/trace-context/
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const example = `00-${traceId}-00f067aa0ba902b7-01`

const hex = (digits: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((all) => all.join(''))
    .filter((text) => /[^0]/.test(text))

describe('traceparent', () => {
  it.each([
    ['sampled', example],
    ['not sampled', `00-${traceId}-00f067aa0ba902b7-00`],
    ['between spaces', ` ${example} `],
  ])('that is %s is taken as it is', (_, header) => {
    expect(readTrace(header)).toEqual({ traceId, traceparent: header.trim(), tracestate: undefined })
  })

  it.each([
    ['of a later version', `cc-${traceId}-00f067aa0ba902b7-01`],
    ['of a later version with more parts', `cc-${traceId}-00f067aa0ba902b7-01-what-the-future-brings`],
    ['with flags we do not know', `00-${traceId}-00f067aa0ba902b7-f9`],
  ])('%s is read as version 00, with the flags we know', (_, header) => {
    expect(readTrace(header)?.traceparent).toBe(example)
  })

  it.each([
    ['of version ff', `ff-${traceId}-00f067aa0ba902b7-01`],
    ['of version 00 with more parts', `${example}-more`],
    ['of a later version with something stuck to it', `cc-${traceId}-00f067aa0ba902b7-01.more`],
    ['without a trace', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['without a parent', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['in capitals', example.toUpperCase()],
    ['cut short', example.slice(0, -1)],
    ['twice', `${example}, ${example}`],
    ['with a line break', `${example}\nx: y`],
    ['empty', ''],
    ['absent', undefined],
  ])('%s is refused', (_, header) => {
    expect(readTrace(header, 'congo=t61rcWkgMzE')).toBeUndefined()
  })

  it('is read and written back for every trace, and for a call keeps trace and flags and gets a new parent', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.constantFrom('00', '01', '02', '03'), (id, parent, flags) => {
        const trace = readTrace(`00-${id}-${parent}-${flags}`)
        expect(trace).toMatchObject({ traceId: id, traceparent: `00-${id}-${parent}-${flags}` })
        const child = readTrace(childTraceparent(trace as NonNullable<typeof trace>))
        expect(child?.traceparent).toMatch(new RegExp(`^00-${id}-[0-9a-f]{16}-${flags}$`))
        expect(child?.traceparent).not.toContain(parent)
      }),
    )
  })

  it('never fails, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (header, state) => {
        readTrace(header, state)
        expect(readTrace(example, state)?.traceparent).toBe(example)
      }),
    )
  })
})

describe('a trace of our own', () => {
  it('is named like the work it begins with, is not sampled, and can be read', () => {
    const trace = newTrace('0199f3a5-1111-7222-8333-444455556666')
    expect(trace.traceId).toBe('0199f3a5111172228333444455556666')
    expect(readTrace(trace.traceparent)).toEqual(trace)
    expect(trace.traceparent).toMatch(/-00$/)
  })
})

describe('tracestate', () => {
  const stateOf = (state: string | undefined): string | undefined => readTrace(example, state)?.tracestate

  it.each([
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', undefined],
    ['rojo=00f067aa0ba902b7 , ,\tcongo=t61rcWkgMzE,', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['fw529a3039@dt=FfAAAAEQ', undefined],
    ['a=b c', undefined],
  ])('%j is kept', (state, as) => {
    expect(stateOf(state)).toBe(as ?? state)
  })

  it.each([
    ['a key in capitals', 'Rojo=1'],
    ['a key twice', 'a=1,b=2,a=3'],
    ['no value', 'a='],
    ['two equals signs', 'a=b=c'],
    ['a control character', 'a=b\u0001'],
    ['a line break', 'a=1\r\nx-evil: 1'],
    ['more than 32 members', Array.from({ length: 33 }, (_, at) => `k${at}=1`).join()],
    ['nothing', ' , '],
  ])('with %s is dropped, and traceparent kept', (_, state) => {
    expect(stateOf(state)).toBeUndefined()
  })

  it('is cut to 512 characters: long members first, then the last ones', () => {
    const long = `long=${'x'.repeat(200)}`
    const short = Array.from({ length: 20 }, (_, at) => `k${at}=${'y'.repeat(20)}`)
    const kept = stateOf([short[0], long, ...short.slice(1)].join()) ?? ''
    expect(kept.length).toBeLessThanOrEqual(512)
    expect(kept.startsWith(short.slice(0, 19).join())).toBe(true)
    expect(kept).not.toContain('long')
  })
})
