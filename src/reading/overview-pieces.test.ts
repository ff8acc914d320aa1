import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { overviewPieces } from './overview-pieces.js'

describe('the sentence', () => {
  it('has bold figures, and the swatch of what it blames', () => {
    const runs = overviewPieces('38 requests a second, 3 in flight, 95 % within 412 ms. 1 in 9 was held up by another.')
    expect(runs.filter(({ isStrong }) => isStrong)).toEqual([
      { text: '38 requests a second', isStrong: true },
      { text: '412 ms', isStrong: true },
      { text: '1 in 9', isStrong: true, swatch: 'held' },
    ])
  })

  it('says with a swatch what failed, what was held up, and that nothing was measured', () => {
    const bold = (text: string) =>
      overviewPieces(text).flatMap(({ text, isStrong, swatch }) => (isStrong && swatch ? [[text, swatch]] : []))
    expect(
      bold(
        '1 request a minute, 0 in flight, 95 % within 2.41 s. 1 in 30 failed. Of 10 measured, all were held up by another.',
      ),
    ).toEqual([
      ['1 in 30', 'failed'],
      ['all', 'held'],
    ])
    expect(bold('100 requests a second, 0 in flight, 95 % within 95 ms. None was measured.')).toEqual([
      ['None was measured', 'unk'],
    ])
  })

  it('keeps every character of any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(
          overviewPieces(text)
            .map((run) => run.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
})
