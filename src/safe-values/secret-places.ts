import type { Redaction } from './redaction.js'

/*
 * Finds secrets whose own key does not show that they are secret: beside a member that names the secret
 * (`{ path: 'password', value }`), behind the name in a list, and in the statements, parameters and bodies that libraries
 * add to errors.
 */

/** Names the value beside it. */
const namer = 1
/** Contains the value that a namer names. */
const value = 2
/** Contains details. A value that a namer beside it names may be inside. */
const container = 4
/** Names only a `value` beside it: `{ name: 'cookie', value }`. Jobs and errors have names too. */
const pairName = 8
const pairValue = 16

const roles: ReadonlyMap<string, number> = new Map([
  ...each(
    namer,
    'path loc key keyword label param parameter property propertyname propertypath propname prop field fieldname ' +
      'attribute attr column columnname instancepath datapath argument argumentname option variable header headername',
  ),
  ...each(pairName, 'name id type k'),
  ...each(
    value,
    'originalvalue rawvalue invalidvalue rejectedvalue badvalue currentvalue newvalue oldvalue previousvalue data input received ' +
      'actual given got current previous rejected stringvalue',
  ),
  ...each(value | pairValue, 'value values val v'),
  ...each(container, 'context params properties meta metadata state info details nested extensions'),
])

const statements = 'sql sqltext statement statements query querytext querystring internalquery detail where'
const parameters =
  'params parameters bindings binds values variables variablevalues args arguments argv spawnargs cmd commandargs bindparams op'
const bodies =
  'body rawbody requestbody responsebody requestbodyvalues responsetext bodytext bodyastext parsedbody multipartbody ' +
  'bulkbody postdata'
const exchanges =
  'config response request options opts req res requestoptions requestconfig internals ' + 'requests responses'
const bodiesInExchange = `${bodies} data json form formdata multipart text payload content`

const withheldInErrors: ReadonlyMap<string, string> = new Map([
  ...each('[sql]', statements),
  ...each('[parameters]', parameters),
  ...each('[left out]', bodies),
])
const bodyNames: ReadonlySet<string> = new Set(bodiesInExchange.split(' '))
const exchangeNames: ReadonlySet<string> = new Set(exchanges.split(' '))

function each<T>(of: T, names: string): [string, T][] {
  return names.split(' ').map((name) => [name, of])
}

const maxName = 40
const maxPath = 256
const maxParts = 16
const maxRemembered = 2_000

/** The meaning of a key for the members beside it, and in an error. */
interface Meaning {
  readonly role: number
  readonly withheld: string | undefined
  readonly isBody: boolean
  readonly isExchange: boolean
}

const nothing: Meaning = { role: 0, withheld: undefined, isBody: false, isExchange: false }
const meanings = new Map<string, Meaning>()

/** The meaning of a key. @see Meaning */
export function meaningOf(key: string): Meaning {
  const known = meanings.get(key)
  if (known !== undefined) return known
  if (key.length > maxName) return nothing
  if (meanings.size >= maxRemembered) meanings.clear()
  const name = key.replace(/[^A-Za-z0-9]/g, '').toLowerCase()
  const isBody = bodyNames.has(name)
  const isExchange = exchangeNames.has(name)
  const meaning = { role: roles.get(name) ?? 0, withheld: withheldInErrors.get(name), isBody, isExchange }
  meanings.set(key, meaning)
  return meaning
}

/** True if an object may have both a namer and a named value, by the roles of all its keys together. */
export function mayHoldNamed(role: number): boolean {
  return (role & (namer | pairName)) !== 0 && (role & (value | container)) !== 0
}

/** True if a key with this role may name a member beside it. */
export function mayName(role: number): boolean {
  return (role & (namer | pairName)) !== 0
}

/** True if the object in the member `key` may contain a value that is named outside the object. */
export function holdsNamed(key: string): boolean {
  return (meaningOf(key).role & container) !== 0
}

/** The roles of the members that a member beside them names as secret; 0 if there are none. */
export type Named = number

/**
 * Looks for a member that names a secret.
 *
 * @param inherited the roles that an object around this one names
 */
export function namedIn(
  members: object,
  keys: readonly string[],
  inherited: Named,
  isError: boolean,
  redaction: Redaction,
): Named {
  if (keys.length < 2) return inherited
  let all = 0
  for (const key of keys) all |= meaningOf(key).role
  if (!mayHoldNamed(all)) return inherited
  let named = inherited
  for (const key of keys) {
    const { role } = meaningOf(key)
    if ((role & namer) !== 0 && namesSecret(read(members, key), redaction)) named |= value
    if ((role & pairName) !== 0 && !isError && namesSecret(read(members, key), redaction)) named |= pairValue
  }
  return named
}

/** True if the member `key` has a role of `named`. */
export function isNamed(key: string, named: Named): boolean {
  return named !== 0 && (meaningOf(key).role & named) !== 0
}

/**
 * True for a secret name, for a path with a secret name (`user.password`, `/user/password`, `['user', 'password']`),
 * and for a list of `{ key }`.
 */
function namesSecret(name: unknown, redaction: Redaction): boolean {
  if (typeof name === 'string') return textNamesSecret(name, redaction)
  if (!Array.isArray(name)) return false
  for (let at = Math.max(0, name.length - maxParts); at < name.length; at++) {
    const part: unknown = name[at]
    const own = typeof part === 'object' && part !== null ? read(part, 'key') : part
    if (typeof own === 'string' && textNamesSecret(own, redaction)) return true
  }
  return false
}

/** True if a text is a secret name, or a path that contains one. */
export function textNamesSecret(text: string, { hides }: Redaction): boolean {
  if (text === '') return false
  const end = text.slice(-maxPath)
  if (hides(end)) return true
  return (
    /[^\w-]/.test(end) &&
    end
      .split(/[^\w-]+/)
      .slice(-maxParts)
      .some((part) => part !== '' && hides(part))
  )
}

function read(of: object, key: string): unknown {
  try {
    return (of as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

const quoted = /(["'`])((?:(?!\1)[^\r\n]){1,256})\1/g
const saysValue = /(?:\b(?:values?|entry|received|got|input|given)|[(=:])[ :="'`(]{0,4}$/i
const maxBetween = 80

/** The values that a message quotes beside the quoted name of a secret: `"password" with value "x" fails`. */
export function quotedSecrets(text: string, redaction: Redaction): string[] {
  const found = [...text.matchAll(quoted)].map((match) => ({
    text: match[2] as string,
    start: match.index,
    end: match.index + match[0].length,
  }))
  const isValue = (at: number): boolean => {
    const one = found[at]
    return one !== undefined && saysValue.test(text.slice(Math.max(0, one.start - 16), one.start))
  }
  const near = (one: number, other: number): boolean => {
    const [first, second] = [found[Math.min(one, other)], found[Math.max(one, other)]]
    return first !== undefined && second !== undefined && second.start - first.end <= maxBetween
  }
  const beside = found.filter(({ start, end }) => isBesideBareName(text, start, end, redaction)).map(({ text }) => text)
  const named = found.flatMap((name, at) => {
    if (name.text.length > maxName * 2 || !textNamesSecret(name.text, redaction)) return []
    return [at - 1, at + 1]
      .filter((other) => isValue(other) && near(at, other))
      .map((other) => found[other]?.text ?? '')
  })
  return [...named, ...beside.filter((value) => !redaction.hides(value))]
}

const bareNameBefore = /(?:^|[^\w-])([A-Za-z][\w-]{1,40})(?: (?:is|was)|:| =|=)? ?$/
const maxBare = 48

/** True if a name without quotes is beside the value: `invalid password 'x'`, `"x" is not a valid password`. */
function isBesideBareName(text: string, start: number, end: number, redaction: Redaction): boolean {
  const before = bareNameBefore.exec(text.slice(Math.max(0, start - maxBare), start))?.[1]
  if (before !== undefined && redaction.hides(before)) return true
  const after = text.slice(end, end + maxBare)
  if (!/^ (?:is|was|does|must|has|fails|cannot) /.test(after)) return false
  // Behind a value, only names of passwords count: `"users" is not a valid token` contains no secret.
  return after.split(/[^\w-]+/).some((word) => word !== '' && redaction.hidesNumbers(word))
}

/** The pieces of `text` that `redaction` hid. They are found between the texts that are left in `safe`. */
export function hiddenPieces(text: string, safe: string, replace: string): string[] {
  if (safe === text || replace === '') return []
  const left = safe.split(replace)
  const pieces: string[] = []
  let at = (left[0] as string).length
  if (!text.startsWith(left[0] as string)) return []
  for (const next of left.slice(1)) {
    const end = next === '' ? text.length : text.indexOf(next, at)
    if (end < 0) return pieces
    pieces.push(text.slice(at, end))
    at = end + next.length
  }
  return pieces.flatMap((piece) => [piece, ...parts(piece)]).filter((piece) => !plainWord.test(piece))
}

// A short word is often not the secret but a word of the sentence: `password: Path is required`.
const plainWord = /^(?:.{0,3}|[A-Za-z]?[a-z]{1,7})$/s

// The quotes of a hidden value may be hidden too. Userinfo is a user and a password.
function parts(piece: string): string[] {
  const bare = piece.replace(/^\\{0,8}["'`]|\\{0,8}["'`@]$/g, '')
  const colon = bare.indexOf(':')
  const all = colon < 0 ? [bare] : [bare, bare.slice(colon + 1).replace(/@$/, '')]
  return all.filter((part) => part !== piece && part.length >= 4)
}
