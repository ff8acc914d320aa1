import { Refusal } from './refusal.js'

/** How to read one parameter. */
export interface Parameter<Value> {
  /** The value of `text`; undefined for an invalid text. */
  readonly read: (text: string) => Value | undefined
  /** The form of the parameter, for messages. */
  readonly expected: string
}

/** The parameters of an endpoint. */
export type Parameters<Values> = { readonly [Name in keyof Values]-?: Parameter<NonNullable<Values[Name]>> }

/**
 * Reads one parameter into `values`. Adds to `problems` if the parameter is unknown, given twice or invalid. Messages repeat
 * no text of the caller.
 *
 * @param unknown the problem of an unknown parameter
 */
export function readParameter<Values>(
  [key, text]: readonly [key: string, text: string],
  parameters: Parameters<Values>,
  values: Record<string, unknown>,
  problems: Set<string>,
  unknown: string,
): void {
  if (!Object.hasOwn(parameters, key)) problems.add(unknown)
  else if (Object.hasOwn(values, key)) problems.add(`${key}: expected one value, got several`)
  else {
    const { read, expected } = parameters[key as keyof Values]
    values[key] = read(text)
    if (values[key] === undefined)
      problems.add(`${key}: expected ${expected}, got ${text === '' ? 'an empty' : 'another'} value`)
  }
}

/** The problem of a parameter that an endpoint does not have. */
export function unknownParameter(names: readonly string[]): string {
  const listed = names.length === 1 ? `the parameter ${names[0]}` : `the parameters ${names.join(', ')}`
  return `query: expected only ${listed}, got another`
}

/** @throws Refusal 400 if there are problems */
export function refuse(problems: ReadonlySet<string>): void {
  if (problems.size > 0) throw badQuery([...problems])
}

/** The refusal of a query with these problems. */
export function badQuery(problems: readonly string[]): Refusal {
  return new Refusal(400, 'bad_query', { detail: problems.join('; ') })
}

/** A text of 1 to `max` characters. */
export function text(max: number): Parameter<string> {
  return {
    read: (value) => (value !== '' && value.length <= max ? value : undefined),
    expected: `1 to ${max} characters`,
  }
}

/** A text of a form. */
export function matching(pattern: RegExp, expected: string): Parameter<string> {
  return { read: (value) => (pattern.test(value) ? value : undefined), expected }
}

/** A number, written in a form. */
export function number(pattern: RegExp, expected: string): Parameter<number> {
  return { read: (value) => (pattern.test(value) ? Number(value) : undefined), expected }
}

/** One of these texts. */
export function oneOf<const Value extends string>(...values: readonly Value[]): Parameter<Value> {
  return { read: (value) => values.find((one) => one === value), expected: `one of ${values.join(', ')}` }
}
