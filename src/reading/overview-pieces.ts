import type { SentencePiece } from './sentence-piece.js'

// The rate that opens the sentence, the share of a finding (`1 in 9`, `67 %`, `All`), and a duration.
const strong =
  /^[\d., \u202f]+ (?:requests?|jobs?) a (?:second|minute)|\b(?:\d[\d.,\u202f]* in \d[\d.,\u202f]*|\d+ %|All|It)(?= (?:(?:was|were) held up|failed))|\bNone was measured\b|\b\d[\d.,\u202f]* (?:ms|s|min|h)\b/gi

const swatches: readonly (readonly [RegExp, SentencePiece['swatch']])[] = [
  [/^ (?:was|were) held up/, 'held'],
  [/^ failed/, 'failed'],
]

/** Divides the sentence about requests at what the eye should find first. Without such places it is one piece. */
export function overviewPieces(sentence: string): readonly SentencePiece[] {
  const runs: SentencePiece[] = []
  let at = 0
  for (const match of sentence.matchAll(strong)) {
    const [text] = match
    if (match.index > at) runs.push({ text: sentence.slice(at, match.index), isStrong: false })
    at = match.index + text.length
    const swatch = text === 'None was measured' ? 'unk' : swatchBefore(sentence.slice(at))
    runs.push({ text, isStrong: true, swatch })
  }
  if (at < sentence.length) runs.push({ text: sentence.slice(at), isStrong: false })
  return runs
}

function swatchBefore(rest: string): SentencePiece['swatch'] {
  return swatches.find(([form]) => form.test(rest))?.[1]
}
