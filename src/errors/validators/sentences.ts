/** What a field error says: a stable code, and a sentence about what the schema expects. Never a value of the caller. */
export interface Said {
  readonly code: string
  readonly detail: string
}

export const required: Said = { code: 'required', detail: 'is required' }
export const unknown: Said = { code: 'unknown', detail: 'is not a known member' }
export const notAllowed: Said = { code: 'not_allowed', detail: 'must be one of the allowed values' }
export const notUnique: Said = { code: 'not_unique', detail: 'must not contain an item twice' }
export const noMatch: Said = { code: 'no_match', detail: 'matches none of the allowed forms' }
export const invalid: Said = { code: 'invalid', detail: 'is not valid' }

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  map: 'a map',
  array: 'an array',
  tuple: 'an array',
  set: 'a set',
  date: 'a date',
  file: 'a file',
  null: 'null',
}

/** @param type the name that a schema has for it; a name from anywhere else is not repeated */
export function wrongType(type: unknown): Said {
  const name = typeof type === 'string' && Object.hasOwn(typeNames, type) ? typeNames[type] : undefined
  return { code: 'wrong_type', detail: name === undefined ? 'has the wrong type' : `must be ${name}` }
}

// By the names of the validators, in small letters and without signs between the words.
const formats: Readonly<Record<string, string>> = {
  base64: 'Base64',
  base64url: 'Base64 for URLs',
  cidrv4: 'a range of IPv4 addresses',
  cidrv6: 'a range of IPv6 addresses',
  creditcard: 'a card number',
  date: 'a date',
  datestring: 'a date',
  datetime: 'a date and time',
  duration: 'a duration',
  e164: 'a telephone number',
  email: 'an email address',
  hexadecimal: 'hexadecimal',
  hostname: 'a host name',
  ip: 'an IP address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  iso8601: 'a date and time',
  isodate: 'a date',
  isodatetime: 'a date and time',
  isotime: 'a time',
  isotimestamp: 'a date and time',
  json: 'JSON',
  jsonstring: 'JSON',
  jwt: 'a JSON Web Token',
  mobilephone: 'a telephone number',
  phonenumber: 'a telephone number',
  time: 'a time',
  ulid: 'a ULID',
  uri: 'a URI',
  url: 'a URL',
  uuid: 'a UUID',
}

/** @param format the name that a schema has for it; a name from anywhere else is not repeated */
export function wrongFormat(format: unknown): Said {
  const name = formatNamed(format)
  return { code: 'wrong_format', detail: name === undefined ? 'has the wrong format' : `must be ${name}` }
}

/** True for the name of a format that `wrongFormat` has words for. */
export function isFormat(name: unknown): boolean {
  return formatNamed(name) !== undefined
}

function formatNamed(name: unknown): string | undefined {
  if (typeof name !== 'string' || name.length > 30) return undefined
  const key = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return Object.hasOwn(formats, key) ? formats[key] : undefined
}

/** The things that a length counts. */
export type Counted = 'characters' | 'items' | 'members' | 'bytes'

/** A limit of a number or a date. Only numbers are repeated. */
export function tooSmall(limit: unknown, inclusive = true): Said {
  return { code: 'too_small', detail: `must be ${bound(limit, inclusive ? 'at least' : 'greater than', 'greater')}` }
}

export function tooLarge(limit: unknown, inclusive = true): Said {
  return { code: 'too_large', detail: `must be ${bound(limit, inclusive ? 'at most' : 'less than', 'less')}` }
}

/** A limit of a length. */
export function tooShort(limit: unknown, of: Counted): Said {
  return { code: 'too_short', detail: `must have ${bound(limit, 'at least', 'more')} ${counted(limit, of)}` }
}

export function tooLong(limit: unknown, of: Counted): Said {
  return { code: 'too_long', detail: `must have ${bound(limit, 'at most', 'fewer')} ${counted(limit, of)}` }
}

export function wrongLength(limit: unknown, of: Counted): Said {
  return {
    code: 'wrong_length',
    detail: `must have ${bound(limit, 'exactly', 'another number of')} ${counted(limit, of)}`,
  }
}

export function notMultiple(of: unknown): Said {
  return { code: 'not_multiple', detail: `must be a multiple of ${isNumber(of) ? of : 'another number'}` }
}

function bound(limit: unknown, words: string, otherwise: string): string {
  return isNumber(limit) ? `${words} ${limit}` : otherwise
}

function counted(limit: unknown, of: Counted): string {
  return limit === 1 ? of.slice(0, -1) : of
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || (typeof value === 'bigint' && value < 2n ** 64n && value > -(2n ** 64n))
}
