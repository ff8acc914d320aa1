import type { SentencePiece } from './sentence-piece.js'
import type { UsageItem } from './usage.js'

// Numbers as the sentence has them: `60 %`, `3,918`, `9.4 min`, `1.24 M`, `less than 1 %`.
const number = /(?:(?:less|more) than )?\d[\d,]*(?:\.\d+)?(?: (?:%|µs|ms|s|min|h|bytes?|KB|MB|GB|TB|M|G|T)(?!\w))?/y
// A name with unusual characters is quoted.
const quoted = /"(?:[^"\\]|\\.)*"/y
const isPartOfName = /[\w/.-]/

/**
 * Finds names and numbers in the sentence about usage, so that they can stand out.
 *
 * @param names that may stand in it
 */
export function usagePieces(sentence: string, names: readonly string[]): readonly SentencePiece[] {
  const pieces: SentencePiece[] = []
  const sorted = [...new Set(names)].filter((name) => name !== '').sort((one, other) => other.length - one.length)
  let plainFrom = 0
  let at = 0
  const plainUntil = (end: number): void => {
    if (end > plainFrom) pieces.push(...withSwatch(sentence.slice(plainFrom, end)))
  }
  while (at < sentence.length) {
    const length = atBoundary(sentence, at) ? strongAt(sentence, at, sorted) : 0
    if (length === 0) {
      at += 1
      continue
    }
    plainUntil(at)
    pieces.push({ text: sentence.slice(at, at + length), isStrong: true })
    at += length
    plainFrom = at
  }
  plainUntil(sentence.length)
  return pieces
}

function atBoundary(text: string, at: number): boolean {
  return at === 0 || !isPartOfName.test(text[at - 1] ?? '')
}

function strongAt(text: string, at: number, names: readonly string[]): number {
  for (const name of names) {
    if (text.startsWith(name, at) && endsAt(text, at + name.length)) return name.length
  }
  for (const pattern of [quoted, number]) {
    pattern.lastIndex = at
    const [found] = pattern.exec(text) ?? []
    // `the last 5 minutes` is the span, which the buttons name.
    if (found !== undefined && !text.endsWith('the last ', at)) return found.length
  }
  return 0
}

function endsAt(text: string, at: number): boolean {
  const next = text[at] ?? ' '
  // A full stop ends the name, too, but not the dot of a longer name.
  return next === '.' ? (text[at + 1] ?? ' ') === ' ' : !isPartOfName.test(next)
}

function withSwatch(text: string): SentencePiece[] {
  const at = text.indexOf('held up ')
  if (at === -1) return [{ text, isStrong: false }]
  const before = text.slice(0, at)
  const held: SentencePiece = { text: text.slice(at), isStrong: false, swatch: 'held' }
  return before === '' ? [held] : [{ text: before, isStrong: false }, held]
}

const maxNamed = 12

/** The names of the heaviest items, as the sentence may have them. */
export function namesOf(items: readonly UsageItem[]): readonly string[] {
  return items.slice(0, maxNamed).flatMap(({ account, method, route, routes = [] }) => {
    const own = account ?? routeName(method, route)
    return [own, ...routes.slice(0, 5).map((one) => routeName(one.method, one.route))]
  })
}

function routeName(method: string | undefined, route = ''): string {
  if (method !== undefined) return `${method} ${route}`
  // The sentence calls `run nightly` a scope.
  return route.startsWith('run ') ? `scope ${route.slice(4)}` : route
}
