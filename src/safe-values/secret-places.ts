import type { Redaction } from './redaction.js'
import { isText } from './value-kinds.js'

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

const statements = 'sql sqltext statement statements query querytext querystring internalquery'
const clauses = 'detail where'
const parameters =
  'params parameters bindings binds values variables variablevalues args arguments argv spawnargs cmd commandargs bindparams op'
const bodies =
  'body rawbody requestbody responsebody requestbodyvalues responsetext bodytext bodyastext parsedbody multipartbody ' +
  'bulkbody postdata'
const exchanges =
  'config response request options opts req res requestoptions requestconfig internals ' + 'requests responses'
const bodiesInExchange = `${bodies} data json form formdata multipart text payload content`

/**
 * How an error's member is withheld:
 *
 * - `statement`: shown without its values
 * - `message`: shown without the parts that may quote values
 * - `clause`: replaced, because it quotes values
 * - `parameters`: replaced by the number of values
 * - `body`: replaced
 * - `left out`: the member is absent
 */
export type Withheld = 'statement' | 'message' | 'clause' | 'parameters' | 'body' | 'left out'

const withheldInErrors: ReadonlyMap<string, Withheld> = new Map([
  ...each<Withheld>('statement', statements),
  ...each<Withheld>('clause', clauses),
  ...each<Withheld>('parameters', parameters),
  ...each<Withheld>('body', bodies),
])
// Sequelize: `fields`, `value`, `instance`. MongoDB: `keyValue`, `errInfo`, `insertedIds`, `upsertedIds`. TypeORM:
// `criteria`. Mongoose: `stringValue`. DynamoDB: `Item`.
const valuesOfDatabases: ReadonlySet<string> = new Set(
  'fields value instance keyvalue errinfo insertedids upsertedids criteria stringvalue item'.split(' '),
)
// In plain objects. MongoDB: `errmsg`. Prisma: `message`, `originalMessage`. Elasticsearch: `reason`.
const messagesOfDatabases: ReadonlySet<string> = new Set('message errmsg originalmessage reason'.split(' '))
// PostgreSQL quotes whole rows in them. `sqlMessage` repeats the message.
const leftOutOfDatabases: ReadonlySet<string> = new Set('detail where hint sqlmessage'.split(' '))
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
  readonly withheld: Withheld | undefined
  readonly isBody: boolean
  readonly isExchange: boolean
  /** The meaning in the error of a database: values, a text that is left out, or a message. */
  readonly inDatabase: 'parameters' | 'left out' | 'message' | undefined
}

const nothing: Meaning = { role: 0, withheld: undefined, isBody: false, isExchange: false, inDatabase: undefined }
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
  const meaning: Meaning = {
    role: roles.get(name) ?? 0,
    withheld: withheldInErrors.get(name),
    isBody,
    isExchange,
    inDatabase: inDatabaseOf(name),
  }
  meanings.set(key, meaning)
  return meaning
}

function inDatabaseOf(name: string): Meaning['inDatabase'] {
  if (leftOutOfDatabases.has(name)) return 'left out'
  if (valuesOfDatabases.has(name)) return 'parameters'
  return messagesOfDatabases.has(name) ? 'message' : undefined
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

/** True for a pair of a secret name and its value: `['x-api-key', 'x']`. */
export function isSecretPair(list: readonly unknown[], redaction: Redaction): boolean {
  if (list.length !== 2) return false
  const [name, value] = list
  return typeof name === 'string' && isText(value) && redaction.hides(name)
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
