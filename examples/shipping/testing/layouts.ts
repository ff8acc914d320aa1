// Time layouts of Go and of strptime, as regular expressions with named groups. Only the directives that the configurations use.
const parts: readonly (readonly [go: string, strptime: string, pattern: string])[] = [
  ['2006', '%Y', '(?<year>\\d{4})'],
  ['01', '%m', '(?<month>\\d\\d)'],
  ['02', '%d', '(?<day>\\d\\d)'],
  ['15', '%H', '(?<hour>\\d\\d)'],
  ['04', '%M', '(?<minute>\\d\\d)'],
  ['05', '%S', '(?<second>\\d\\d)'],
  ['.000', '.%L', '\\.(?<ms>\\d{3})'],
  ['Z07:00', '%z', '(?<zone>Z|[+-]\\d\\d:?\\d\\d)'],
]

/** Reads a time by a layout; undefined if it does not match. A time without a zone is refused: it would be read as local time. */
export function timeBy(layout: string, kind: 'gotime' | 'strptime', text: string): Date | undefined {
  let pattern = layout
  for (const [go, strptime, part] of parts) pattern = pattern.replace(kind === 'gotime' ? go : strptime, part)
  const found = new RegExp(`^${pattern}$`).exec(text)?.groups
  if (found === undefined) return undefined
  if (found['zone'] === undefined) throw new Error(`${layout}: expected a time zone`)
  if (found['zone'] !== 'Z') throw new Error(`expected a time in UTC, got ${text}`)
  const { year, month, day, hour, minute, second, ms } = found
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
}

/** The names that a shell pattern with `*` matches. */
export function matching(pattern: string, names: readonly string[]): string[] {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('[^/]*')}$`)
  return names.filter((name) => expression.test(name))
}
