/** A piece of a sentence. */
export interface Run {
  readonly text: string
  readonly isStrong: boolean
  /** The class of the swatch that stands before it. */
  readonly swatch?: string | undefined
}

// The rate that opens the sentence, a share such as `1 in 9`, and a number with its unit.
const strong =
  /^[\d., \u202f]+ (?:requests?|jobs?)(?: (?:and jobs|or jobs))?(?: (?:a|per) (?:second|minute))?|\b\d+ in \d+\b|\b[\d.,\u202f]+ (?:ms|s|min|h)\b/g

const swatches: readonly (readonly [RegExp, string])[] = [
  [/^ (?:was|were) held up/, 'held'],
  [/^[^.]{0,40}quer(?:y|ies)/, 'query'],
  [/^[^.]{0,40}(?:calls?|outgoing)/, 'call'],
  [/^[^.]{0,40}own CPU/, 'cpu'],
]

/** Divides the server's sentence at what the eye should find first. Without such places it is one run. */
export function emphasized(sentence: string): readonly Run[] {
  const runs: Run[] = []
  let at = 0
  for (const match of sentence.matchAll(strong)) {
    const [text] = match
    if (match.index > at) runs.push({ text: sentence.slice(at, match.index), isStrong: false })
    at = match.index + text.length
    const swatch = / in /.test(text) ? swatchBefore(sentence.slice(at)) : undefined
    runs.push({ text, isStrong: true, swatch })
  }
  if (at < sentence.length) runs.push({ text: sentence.slice(at), isStrong: false })
  return runs
}

function swatchBefore(rest: string): string | undefined {
  return swatches.find(([form]) => form.test(rest))?.[1]
}
