import { classMember } from './own-member.js'
import { type NormalisedSql, normalise } from './sql/normalise.js'

/** The database that an error comes from, directly or through a driver or an ORM. The texts of such an error may quote values. */
export interface DatabaseError {
  /** OpenTelemetry's `db.system.name`, for reading the error's statements. */
  readonly system: string
}

const unknown: DatabaseError = { system: 'other_sql' }
const postgresql: DatabaseError = { system: 'postgresql' }
const mysql: DatabaseError = { system: 'mysql' }
const sqlite: DatabaseError = { system: 'sqlite' }
const sqlServer: DatabaseError = { system: 'microsoft.sql_server' }

const maxClasses = 6
const maxWrapped = 4
const maxMessage = 8_192

/** The classes of ORMs, and of drivers whose errors have no characteristic member. */
const classes: ReadonlySet<string> = new Set([
  'DrizzleQueryError',
  'DriverException',
  'QueryFailedError',
  'EntityNotFoundError',
  'ClickHouseError',
  'ReplyError',
  'ErrorReply',
  'SimpleError',
  'SqliteError',
  // PlanetScale, Prisma's adapters, Objection, Cassandra and Elasticsearch, Neo4j, Mongoose (two), DynamoDB (two)
  'DatabaseError',
  'DriverAdapterError',
  'DBError',
  'ResponseError',
  'Neo4jError',
  'CastError',
  'ValidatorError',
  'ConditionalCheckFailedException',
  'TransactionCanceledException',
])
const classPrefix = /^(?:Sequelize|PrismaClient|Mongo(?!ose))/
const oracleCode = /^(?:ORA|NJS|DPI)-\d/
const mysqlCode = /^(?:ER|WARN)_[A-Z]/
const sqliteCode = /^(?:ERR_)?SQLITE_/
/** Members in which errors of ORMs keep the driver's error. */
const wrapped = ['cause', 'parent', 'original', 'driverError', 'nativeError']

// The error of a hand-made driver has no sign of a database, but the query that it ended is known.
const thrown = new WeakMap<object, DatabaseError>()

/** Notes that a query of `system` ended with this error. Mistakes in code, and errors that choose a status, do not count. */
export function noteDatabaseError(error: unknown, system: string): void {
  if (typeof error !== 'object' || error === null) return
  try {
    if (isMistake(error) || typeof classMember(error, 'status') === 'number') return
    if (typeof classMember(error, 'statusCode') === 'number') return
  } catch {
    // An object that cannot be read may hold values.
  }
  thrown.set(error, { system })
}

/** An error of JavaScript itself names code, and no value. Node's own errors have a code, and quote arguments. */
function isMistake(error: object): boolean {
  const isOne = error instanceof TypeError || error instanceof ReferenceError
  return isOne && classMember(error, 'code') === undefined
}

/** The database that an error comes from; undefined for an error without a database. Never throws. */
export function databaseError(error: object): DatabaseError | undefined {
  try {
    const own = systemOf(error)
    if (own !== undefined && own !== unknown) return own
    const isDatabase = own !== undefined || hasDatabaseClass(error)
    return isDatabase ? (wrappedSystem(error) ?? thrown.get(error) ?? unknown) : thrown.get(error)
  } catch {
    return unknown
  }
}

function systemOf(error: object): DatabaseError | undefined {
  const has = (name: string): boolean => isSet(classMember(error, name))
  if (has('routine') || has('internalQuery')) return postgresql
  if (has('sqlMessage')) return mysql
  const code = classMember(error, 'code')
  if (has('procName') || code === 'EREQUEST' || (has('serverName') && has('lineNumber'))) return sqlServer
  if (typeof code === 'string' && mysqlCode.test(code)) return mysql
  if (typeof code === 'string' && sqliteCode.test(code)) return sqlite
  if (typeof code === 'string' && oracleCode.test(code)) return unknown
  // Errors of MikroORM have `getEntity`, errors of Oracle `errorNum`, errors of Objection `nativeError`. A ValidationError of
  // Mongoose has `_message`. Errors of Redis have the refused command.
  const command = classMember(error, 'command')
  const isRedis = typeof command === 'object' && command !== null && isSet(classMember(command, 'args'))
  return isRedis || marks.some(has) ? unknown : undefined
}

const marks = ['severity', 'sqlState', 'sqlstate', 'getEntity', 'errorNum', 'nativeError', '_message']

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

function hasDatabaseClass(error: object): boolean {
  const name = classMember(error, 'name')
  if (typeof name === 'string' && isDatabaseClass(name)) return true
  let prototype: object | null = Object.getPrototypeOf(error)
  for (let depth = 0; prototype !== null && depth < maxClasses; depth++) {
    const made: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined
    if (typeof made === 'function' && isDatabaseClass(made.name)) return true
    prototype = Object.getPrototypeOf(prototype)
  }
  return false
}

function isDatabaseClass(name: string): boolean {
  return classes.has(name) || classPrefix.test(name)
}

/** The system of the driver's error inside the error of an ORM. */
function wrappedSystem(error: object, depth = 0): DatabaseError | undefined {
  if (depth === maxWrapped) return undefined
  for (const name of wrapped) {
    const inner = classMember(error, name)
    if (typeof inner !== 'object' || inner === null) continue
    const system = systemOf(inner)
    if (system !== undefined && system !== unknown) return system
    return wrappedSystem(inner, depth + 1)
  }
  return undefined
}

/** The code for statements is loaded for the first one. Without free file descriptors that fails, and the text must stay hidden. */
function read(system: string, text: string): NormalisedSql {
  try {
    return normalise(system, text)
  } catch {
    return { text: '?', summary: '?', hadLiteral: true }
  }
}

/** A statement without its values; undefined if the text is not a statement. */
export function shownStatement(text: string, system: string): string | undefined {
  const { text: shown, summary } = read(system, text)
  return summary === undefined ? undefined : shown
}

/**
 * The message of a database's error, without values: quoted parts become `?`, a statement is normalised, and the list of
 * parameters is cut off.
 *
 * @param statement the error's own statement
 */
export function shownMessage(message: string, { system }: DatabaseError, statement?: unknown): string {
  const isLong = message.length > maxMessage
  const isStatement = beginsStatement.test(message)
  const text = beforeParameters(isLong ? message.slice(0, maxMessage) : message, isStatement)
  const isOpen = isLong || text !== message
  const at = typeof statement === 'string' && statement !== '' ? text.indexOf(statement) : -1
  if (at >= 0) {
    const behind = text.slice(at + (statement as string).length)
    const shown = shownStatement(statement as string, system) ?? '[sql]'
    return `${withoutQuoted(text.slice(0, at))}${shown}${withoutQuoted(behind, undefined, isOpen)}`
  }
  return withoutQuoted(text, isStatement ? system : undefined, isOpen)
}

// Drizzle and others write the parameters behind the statement. The other texts come before a value without quotes: of
// MongoDB, SQL Server, Oracle (two), Cassandra, PlanetScale and PostgreSQL's details.
const parameterLists = [
  ...['params:', 'parameters:', '\nsql:', 'dup key:', 'key value is'],
  ...['column values', 'string value containing', ' constant (', 'BindVars:', ')=('],
]

function beforeParameters(text: string, isStatement: boolean): string {
  let end = text.length
  // If an ORM does not find a row, it writes the criteria as an object.
  for (const list of isStatement ? parameterLists : [...parameterLists, '{']) {
    const at = text.indexOf(list)
    if (at >= 0 && at < end) end = at
  }
  return text.slice(0, end).trimEnd()
}

const beginsStatement =
  /^\s*(?:Failed query:\s*)?(?:select|insert|update|delete|merge|replace|with|create|alter|drop|truncate|call|exec|execute|set|copy|lock|begin|start|commit|savepoint|release|rollback|explain|values|show|use|do|declare|grant|revoke)\b/i

// PostgreSQL uses the quotes of its messages' language: "x", »x«, „x“, «x».
const quote = /["'`\u00ab\u00bb\u2018\u2019\u201a\u201c-\u201e]/
/** A quote between letters is an apostrophe. */
const firstQuote = /(?<![\p{L}\p{N}])["'`]|[\u00ab\u00bb\u2018\u2019\u201a\u201c-\u201e]/u

/** The words that databases write between two quoted parts. */
const between: ReadonlySet<string> = new Set(
  (
    'a an and as asc at be by cannot cascade check column columns constraint contains database delete depends desc does ' +
    'domain duplicate entry enum exclusion exist exists failed fails for foreign found from function has in index inner ' +
    'insert into is join json key left limit must no not null object of on operator or order out parameter primary range ' +
    'references relation restrict returning role row schema select sequence set table the to trigger type unique update ' +
    'user value values view violates where with'
  ).split(' '),
)

/**
 * Replaces quoted parts by `?`. A quoted value may itself contain quotes, so text between two quotes stays only if it has
 * only words of `between`.
 *
 * @param system set if the text begins with a statement, which may have values without quotes
 * @param isOpen true if the end of the text is cut off, perhaps inside a quoted part
 */
function withoutQuoted(text: string, system?: string, isOpen = false): string {
  const start = firstQuote.exec(text)?.index ?? -1
  const beginning = start < 0 ? text : text.slice(0, start)
  const shown = system === undefined ? beginning : beginningOfStatement(beginning, system)
  if (start < 0) return shown
  const parts = text.slice(start + 1).split(quote)
  const end = parts.length > 1 && !isOpen ? (parts.pop() as string) : ''
  let out = `${shown}?`
  let hasGap = false
  for (const part of parts) {
    const isKept: boolean = hasGap && isBetween(part)
    if (isKept) out += `${part}?`
    hasGap = !isKept
  }
  return out + (system === undefined ? end : withoutBareValues(end))
}

function isBetween(text: string): boolean {
  return text !== '' && text.split(/[\s(),.:;=*<>-]+/).every((word) => word === '' || between.has(word.toLowerCase()))
}

const words = /[\w.]+/g
// Dollar quotes and comments
const unreadable = /\$|\/\*|--|#/

const prefix = /^\s*(?:Failed query:\s*)?/

/** The part of a statement before its first quote. */
function beginningOfStatement(text: string, system: string): string {
  const before = prefix.exec(text)?.[0] ?? ''
  const { text: shown = '' } = read(system, text.slice(before.length))
  return `${before}${shown}${text.endsWith(' ') ? ' ' : ''}`
}

/** The part of a statement behind its last quote, without numbers. Empty if it may have values in other quotes. */
function withoutBareValues(text: string): string {
  return unreadable.test(text) ? '' : text.replace(words, (word) => (/\d/.test(word) ? '?' : word))
}

const frameStart = '    at '
const frameEnd = /(?::\d{1,9}:\d{1,9}|<anonymous>|\(index \d{1,9})\)?$/
const maxFrameEnd = 32
const maxStack = 65_536

function isFrame(line: string): boolean {
  return line.startsWith(frameStart) && frameEnd.test(line.slice(-maxFrameEnd))
}

/**
 * The frames at the end of a stack. The text above them is the message, or an earlier message that a library has changed since.
 *
 * @param message the text before the frames. A value in the message may look like a frame
 */
export function framesOf(stack: string, message?: unknown): string {
  const at = typeof message === 'string' ? stack.indexOf(message) : -1
  const from = at < 0 ? 0 : at + (message as string).length
  const lines = stack.slice(from, from + maxStack).split('\n')
  if (stack.length > from + maxStack) lines.pop()
  let first = lines.length
  while (first > 1 && isFrame(lines[first - 1] as string)) first--
  return lines
    .slice(first)
    .map((line) => `\n${line}`)
    .join('')
}
