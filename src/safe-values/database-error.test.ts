import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leastCpuMs } from '../../test/least-cpu.js'
import { redaction } from './redaction.js'
import { withoutValues } from './safe-error.js'
import { safeEntry, safeValue } from './safe-value.js'

// biome-ignore lint/suspicious/noExplicitAny: the tests read members of any result
const safe = (error: unknown): any => safeValue(error, redaction())
const errorWith = (message: string, own: object): Error => Object.assign(new Error(message), own)
const fromPostgres = (message: string, own: object = {}): Error =>
  errorWith(message, { severity: 'ERROR', code: '22P02', routine: 'pg_strtoint32_safe', ...own })

describe('the statement of an error', () => {
  test.each(['sql', 'query', 'internalQuery'])('in `%s` is shown without its values', (name) => {
    const sql = "insert into users (email) values ('canary', 77665544) -- canary"
    expect(safe(errorWith('failed', { [name]: sql }))).toMatchObject({
      [name]: expect.stringMatching(/^insert into users \(email\) values \(\?\)/),
    })
  })

  test('is read in the dialect of the database', () => {
    const sql = 'insert into "users" ("email") values (\'canary\')'
    expect(safe(fromPostgres('failed', { query: sql })).query).toBe('insert into users (email) values (?)')
    expect(safe(errorWith('failed', { sqlMessage: 'x', sql })).sql).toBe('insert into ? (?) values (?)')
    const cause = fromPostgres('failed')
    expect(safe(errorWith('failed', { name: 'QueryFailedError', query: sql, driverError: cause })).query).toBe(
      'insert into users (email) values (?)',
    )
  })

  test('that is not SQL is replaced', () => {
    expect(safe(errorWith('failed', { query: 'canary and more', sql: { text: 'canary' } }))).toMatchObject({
      query: '[sql]',
      sql: '[1 value]',
    })
  })

  test('is shown without its values in the messages beside it', () => {
    const query = 'select "a" from "users" where "email" = \'canary\' and "n" = 77665544'
    const { fields } = safeEntry({ err: fromPostgres('refused', { query }), note: `ran ${query}` }, redaction())
    expect(fields['note']).toBe('ran select a from users where email = ? and n = ?')
  })
})

describe('the parameters of an error', () => {
  test.each(['parameters', 'params', 'bindings', 'values', 'args'])('in `%s` are counted', (name) => {
    expect(safe(errorWith('failed', { [name]: ['canary', 7, null] }))[name]).toBe('[3 values]')
    expect(safe(errorWith('failed', { [name]: { email: 'canary' } }))[name]).toBe('[1 value]')
    expect(safe(errorWith('failed', { [name]: 'canary' }))[name]).toBe('[1 value]')
  })

  test('in `command.args` are counted, and the name of the command stays', () => {
    const error = errorWith('WRONGTYPE', { command: { name: 'lpush', args: ['key', 'canary'] } })
    expect(safe(error).command).toEqual({ name: 'lpush', args: '[2 values]' })
  })
})

describe.each([
  ['severity', { severity: 'ERROR' }],
  ['sqlState', { sqlState: '23000' }],
  ['routine', { routine: '_bt_check_unique' }],
])('an error with `%s`', (_, mark) => {
  test('has no detail, where, hint and sqlMessage', () => {
    const texts = { detail: 'Key (email)=(canary)', where: 'canary', hint: 'canary', sqlMessage: 'canary' }
    const shown = safe(errorWith('failed', { ...mark, ...texts, table: 'users', constraint: 'users_email_key' }))
    expect(shown).toMatchObject({ table: 'users', constraint: 'users_email_key' })
    for (const name of Object.keys(texts)) expect(shown).not.toHaveProperty(name)
    expect(JSON.stringify(shown)).not.toContain('canary')
  })

  test('has ? in place of the quoted values in its message and in the first line of its stack', () => {
    const shown = safe(errorWith(`Duplicate entry 'canary' for key 'users.email'`, mark))
    expect(shown.message).toBe('Duplicate entry ? for key ?')
    expect(shown.stack).toMatch(/^Error: Duplicate entry \? for key \?\n {4}at /)
    expect(shown.stack).toContain('database-error.test.ts')
  })
})

test('an error that does not come from a database keeps its message, hint and stack', () => {
  const error = errorWith(`unknown plan 'pro'`, { hint: 'use "basic"', severityLevel: 3 })
  expect(safe(error)).toMatchObject({ message: `unknown plan 'pro'`, hint: 'use "basic"', stack: error.stack })
})

describe('the message of a database', () => {
  test.each([
    ['relation "users" does not exist', 'relation ? does not exist'],
    ['duplicate key value violates unique constraint "a"', 'duplicate key value violates unique constraint ?'],
    ['invalid input syntax for type integer: "canary"', 'invalid input syntax for type integer: ?'],
    ['invalid input: "it\'s "canary", canary"', 'invalid input: ?'],
    ['column "a" of relation "users" does not exist', 'column ? of relation ? does not exist'],
    ['value "a" canary "b" is out of range', 'value ? is out of range'],
    ['ung\u00fcltige Eingabe: \u00bbcanary\u00ab', 'ung\u00fcltige Eingabe: ?'],
    ['invalide : \u00ab canary \u00bb', 'invalide : ?'],
    ['unterminated "canary', 'unterminated ?'],
    ["Can't find 'canary'", "Can't find ?"],
    [
      'a foreign key constraint fails (`db`.`posts`, CONSTRAINT `fk`)',
      'a foreign key constraint fails (?.?, CONSTRAINT ?)',
    ],
    ['insert into users values (77665544, $$canary$$) - failed', 'insert into users values (?) - failed'],
    ['select a from b where c = 77665544 - failed', 'select a from b where c = ? - failed'],
    ['Failed query: select $1\nparams: canary', 'Failed query: select ?'],
    ['insert into "a" ("b") values (\'x\', 5) - no "c"', 'insert into ? (?) values (?'],
    ['users not found ({ id: 77665544 })', 'users not found ('],
    ['no entity of type "users" matching: { "id": 77665544 }', 'no entity of type ?'],
    ['failed\nsql: select 1 - parameters:[canary]', 'failed'],
    [
      'E11000 duplicate key error index: email_1 dup key: { email: "canary" }',
      'E11000 duplicate key error index: email_1',
    ],
  ])('%j is shown as %j', (message, shown) => {
    expect(safe(fromPostgres(message)).message).toBe(shown)
  })

  test('with a value that looks like a list of parameters has no part of the value', () => {
    const message = 'select $1 - bad value "x" canary params: y"'
    expect(safe(fromPostgres(message)).message).toBe('select ? - bad value ?')
    expect(safe(fromPostgres(message, { query: 'select $1' })).message).toBe('select ? - bad value ?')
  })

  test('is shown without values in causes, in an AggregateError, and in the messages of services', () => {
    const cause = fromPostgres('invalid input syntax for type integer: "canary"')
    const shown = JSON.stringify([
      safe(new Error(`could not save: ${cause.message}`, { cause })),
      safe(new AggregateError([cause], cause.message)),
    ])
    expect(shown).not.toContain('canary')
    expect(shown).toContain('could not save: invalid input syntax for type integer: ?')
  })

  test('of a stack that a library left unchanged is not shown', () => {
    const error = fromPostgres('invalid input syntax for type integer: "canary\n    at canary (a.js:1:1)"')
    void error.stack
    error.message = `select * from a where b = 'canary' - ${error.message}`
    const { stack } = safe(error)
    expect(stack).not.toContain('canary')
    expect(stack).toContain('database-error.test.ts')
  })

  test.each([
    ['DrizzleQueryError', 'Failed query: insert into a values (?)'],
    ['SequelizeUniqueConstraintError', 'Validation error'],
    ['MongoServerError', 'E11000 duplicate key error'],
    ['ReplyError', "ERR unknown command 'canary', with args beginning with: 'canary'"],
  ])('of a %s, which has no other mark, has no values', (name, message) => {
    const own = { name, fields: { email: 'canary' }, keyValue: { email: 'canary' }, errors: [{ value: 'canary' }] }
    expect(JSON.stringify(safe(errorWith(message, own)))).not.toContain('canary')
  })

  test('is read in linear time, and quickly', () => {
    const parts = ['"', "'a' ", 'a', '1 ', '" for key "', '\n    at a (b:1:1)', 'select ', 'params:', '`', '\u00ab']
    for (const part of parts) {
      const error = fromPostgres(`select ${part.repeat(2 ** 20 / part.length)}`)
      expect(
        leastCpuMs(500, () => safe(error)),
        part,
      ).toBeLessThan(500)
    }
  })
})

test.each([
  ['SQL Server', "Cannot insert 'canary'. The duplicate key value is (canary).", { procName: '', lineNumber: 1 }],
  ['Oracle', "ORA-01722: unable to convert string value 'canary' to a number", { errorNum: 1722 }],
  ['ClickHouse', "Cannot parse string 'canary' as Int32", { name: 'ClickHouseError' }],
  ['node:sqlite', 'no such column: "canary"', { code: 'ERR_SQLITE_ERROR' }],
  ['node-redis', "ERR unknown command 'canary'", { name: 'SimpleError' }],
  [
    'tedious',
    "failed when converting the varchar value 'canary'",
    { code: 'EREQUEST', number: 245, procName: undefined },
  ],
  ['oracledb', 'ORA-00001: row with column values (EMAIL:canary) already exists', { code: 'ORA-00001' }],
  ['oracledb', 'ORA-01722: unable to convert string value containing canary to a number: EMAIL', { errorNum: 1722 }],
  ['oracledb itself', 'NJS-011: type mismatch for "canary"', { code: 'NJS-011' }],
  ['cassandra-driver', 'Invalid STRING constant (canary) for "id" of type int', { name: 'ResponseError', code: 8704 }],
  ['the answer of MongoDB', 'x', { name: 'MongoServerError', errorResponse: { errmsg: 'dup key: { a: "canary" }' } }],
  ['a bulk write of MongoDB', 'x', { name: 'MongoBulkWriteError', result: { insertedIds: { 0: 'canary' } } }],
  ['mongoose', 'Cast failed for value "canary"', { name: 'CastError', value: 'canary', stringValue: '"canary"' }],
  ['a validation of mongoose', 'failed: `canary` is not valid', { name: 'ValidationError', _message: 'failed' }],
  ['Prisma', 'x', { name: 'PrismaClientKnownRequestError', meta: { message: 'bad integer: "canary"' } }],
  [
    "Prisma's adapters",
    'UniqueConstraintViolation',
    { name: 'DriverAdapterError', cause: { originalMessage: 'Key (email)=(canary) already exists.' } },
  ],
  ['objection', 'x - bad "canary"', { name: 'UniqueViolationError', nativeError: fromPostgres('bad "canary"') }],
  ['neo4j', "already exists with property `email` = 'canary'", { name: 'Neo4jError' }],
  ['planetscale', "desc = Duplicate entry 'canary', BindVars: {v1: canary}", { name: 'DatabaseError' }],
  ['elasticsearch', "Preview of field's value: 'canary'", { name: 'ResponseError' }],
  [
    'dynamodb',
    'The conditional request failed',
    { name: 'ConditionalCheckFailedException', Item: { a: { S: 'canary' } } },
  ],
])('an error of %s shows no values', (_, message, own) => {
  expect(JSON.stringify(safe(errorWith(message, own)))).not.toContain('canary')
})

test('an error that is a plain object, as serializers make it, shows no values either', () => {
  const { name, message, stack } = fromPostgres('value "canary" is bad')
  const query = "select * from a where b = 'canary'"
  const plain = { type: name, message, stack, severity: 'ERROR', detail: 'canary', query, parameters: ['canary'] }
  const { fields } = safeEntry({ error: plain }, redaction())
  expect(fields['error']).toMatchObject({ message: 'value ? is bad', query: 'select * from a where b = ?' })
  expect(JSON.stringify(fields)).not.toContain('canary')
})

test('no value in a message is shown, for any quotes and words in the value', () => {
  const parts = [
    'canary',
    ...`'"\`\u00ab\u00bb \n.,:;(){}[]-$`,
    ' for key ',
    ' of relation ',
    'params:',
    'select ',
    ' - ',
    '--',
  ]
  const value = fc.array(fc.constantFrom(...parts), { maxLength: 14 }).map((some) => some.join(''))
  const templates: ((text: string) => string)[] = [
    (text) => `invalid input syntax for type integer: "${text}"`,
    (text) => `Duplicate entry '${text}' for key 'users.email'`,
    (text) => `column "${text}" of relation "${text}" does not exist`,
    (text) => `You have an error near '${text}' at line 1`,
    (text) => `ung\u00fcltig: \u00bb${text}\u00ab`,
    (text) => `insert into "a" ("b") values ('${text.replaceAll("'", "''")}') - refused "${text}"`,
    (text) => `Failed query: select $1\nparams: ${text},${text}`,
  ]
  fc.assert(
    fc.property(fc.constantFrom(...templates), value, fc.boolean(), (template, text, isChanged) => {
      const error = fromPostgres(template(text))
      void error.stack
      if (isChanged) error.message = `select 1 - ${error.message}`
      const shown = safe(error)
      expect(shown.message).not.toContain('canary')
      expect(shown.stack).not.toContain('canary')
    }),
    { numRuns: 1_000 },
  )
})

test('a text for a client has the messages of databases without their values', () => {
  const cause = fromPostgres('value "canary" is out of range')
  const error = new Error(`not saved: ${cause.message}`, { cause })
  expect(withoutValues(`sorry: ${error.message}`, error)).toBe('sorry: not saved: value ? is out of range')
})

test('an error whose members throw is still shown', () => {
  const error = fromPostgres('value "canary" is bad')
  Object.defineProperty(error, 'detail', { get: () => { throw new Error('boom') }, enumerable: true }) // biome-ignore format: one line
  Object.defineProperty(error, 'query', { get: () => { throw new Error('boom') } }) // biome-ignore format: one line
  expect(safe(error).message).toBe('value ? is bad')
})

test('an error inside the error of a database shows no values, whatever its class', () => {
  const inner = new Error('The duplicate key value is (canary).')
  const outer = errorWith('not saved', { code: 'EREQUEST', originalError: inner })
  expect(JSON.stringify(safe(outer))).not.toContain('canary')
})
