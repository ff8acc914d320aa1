import { maxPointerLength } from '../field-errors.js'

/**
 * A JSON pointer as the fragment of a URI: `#/items/0/price` (RFC 6901, section 6). A pointer that would be longer than 300
 * characters, or whose next step is not a name, points to the last object or array that it reaches.
 *
 * @param path the names of members and the indexes of items; an iterable, so that no more of a long path is read than is used
 */
export function pointerOf(path: Iterable<unknown>): string {
  let pointer = '#'
  for (const step of path) {
    const name = nameOf(step)
    if (name === undefined) break
    const longer = `${pointer}/${inFragment(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`
    if (longer.length > maxPointerLength) break
    pointer = longer
  }
  return pointer
}

/** The steps of a JSON pointer; none for any other text. */
export function stepsOf(pointer: string): string[] {
  if (!pointer.startsWith('/')) return []
  const steps = pointer.slice(1, maxPointerLength + 2).split('/')
  // The last one is cut.
  if (pointer.length > maxPointerLength + 2) steps.pop()
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function nameOf(step: unknown): string | undefined {
  if (typeof step === 'number') return String(step)
  return typeof step === 'string' && step.length <= maxPointerLength ? step : undefined
}

// encodeURI leaves what a fragment may have, and the sign that begins one. It throws for half a character, which UTF-8 cannot have.
function inFragment(text: string): string {
  return encodeURI(Buffer.from(text).toString()).replaceAll('#', '%23')
}
