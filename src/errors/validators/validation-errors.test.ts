import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import * as valibot from 'valibot'
import { describe, expect, test } from 'vitest'
import * as zod from 'zod'
import * as zodMini from 'zod/mini'
import * as zod3 from 'zod/v3'
import { pointerOf, stepsOf } from './pointer.js'
import { validationErrors } from './validation-errors.js'

const secret = 'hunter2'
// Every value is wrong, and each text is a value that must not appear.
const body = {
  age: secret,
  tags: ['x', 31_415],
  prices: { 'a/b~c': secret },
  mail: secret,
  kind: secret,
  either: 31_415,
  count: -31_415,
  code: secret,
  extra: secret,
}

/** The errors as `pointer code: detail`, sorted. */
function said(error: unknown): string[] {
  const failure = validationErrors(error)
  expect(failure?.status).toBe(422)
  expect(JSON.stringify(failure)).not.toMatch(/hunter2|31.?415/)
  return (failure?.errors ?? []).map(({ pointer, code, detail }) => `${pointer} ${code}: ${detail}`).sort()
}

function thrownBy(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  return expect.unreachable('nothing was thrown')
}

const common = [
  '#/age wrong_type: must be a number',
  '#/code too_short: must have at least 8 characters',
  '#/count too_small: must be at least 1',
  '#/either no_match: matches none of the allowed forms',
  '#/extra unknown: is not a known member',
  '#/kind not_allowed: must be one of the allowed values',
  '#/mail wrong_format: must be an email address',
  '#/missing required: is required',
  '#/prices/a~1b~0c wrong_type: must be a number',
  '#/tags/1 wrong_type: must be a string',
]

describe('validationErrors', () => {
  test.each([
    ['zod 4', zod],
    ['zod 3', zod3 as unknown as typeof zod],
  ])('turns an error of %s into a 422 without a value', (_, z) => {
    const schema = z
      .object({
        age: z.number(),
        missing: z.string(),
        tags: z.array(z.string()),
        prices: z.record(z.string(), z.number()),
        mail: z.string().email(),
        kind: z.enum(['a', 'b']),
        either: z.union([z.string(), z.boolean()]),
        count: z.number().min(1),
        code: z.string().min(8),
      })
      .strict()
    expect(said(thrownBy(() => schema.parse(body)))).toEqual(common)
    expect(said(schema.safeParse(body).error)).toEqual(common)
  })

  test.each([
    ['zod 4', zod],
    ['zod 3', zod3 as unknown as typeof zod],
  ])('has a sentence for each kind of issue of %s, and never its message', (_, z) => {
    const message = `the message repeats ${secret}`
    const schema = z.object({
      age: z.string().refine(() => false, message),
      tags: z.array(z.any()).max(1, message),
      mail: z.literal('x', { message } as never),
      count: z.number().gt(3, message),
      code: z.string().length(2, message).regex(/^\d/, message),
      either: z.number().multipleOf(7, message).lt(10, message),
    })
    expect(said(schema.safeParse(body).error)).toEqual([
      '#/age invalid: is not valid',
      '#/code wrong_format: has the wrong format',
      '#/code wrong_length: must have exactly 2 characters',
      '#/count too_small: must be greater than 3',
      '#/either not_multiple: must be a multiple of 7',
      '#/either too_large: must be less than 10',
      '#/mail not_allowed: must be one of the allowed values',
      '#/tags too_long: must have at most 1 item',
    ])
  })

  test('reads errors of zod/mini', () => {
    const schema = zodMini.object({ age: zodMini.number() })
    expect(said(thrownBy(() => zodMini.parse(schema, body)))).toEqual(['#/age wrong_type: must be a number'])
  })

  test('turns an error of valibot into a 422 without a value', () => {
    const v = valibot
    const schema = v.strictObject({
      age: v.number(),
      missing: v.string(),
      tags: v.array(v.string()),
      prices: v.record(v.string(), v.number()),
      mail: v.pipe(v.string(), v.email()),
      kind: v.picklist(['a', 'b']),
      either: v.union([v.string(), v.boolean()]),
      count: v.pipe(v.number(), v.minValue(1)),
      code: v.pipe(v.string(), v.minLength(8)),
    })
    expect(said(thrownBy(() => v.parse(schema, body)))).toEqual(common)
    expect(said(v.safeParse(schema, body).issues)).toEqual(common)
    expect(said(v.safeParse(schema, body))).toEqual(common)
  })

  test('has a sentence for each kind of issue of valibot', () => {
    const v = valibot
    const schema = v.object({
      age: v.pipe(
        v.string(),
        v.check(() => false, secret),
        v.regex(/^\d/, secret),
        v.length(2),
      ),
      tags: v.pipe(v.array(v.any()), v.maxLength(1)),
      count: v.pipe(v.number(), v.gtValue(3), v.multipleOf(7), v.integer()),
      mail: v.literal('x'),
      prices: v.pipe(v.record(v.string(), v.any()), v.minEntries(2)),
      either: v.never(),
      lost: v.nonOptional(v.optional(v.string())),
      kind: v.pipe(v.string(), v.url()),
      code: v.pipe(
        v.any(),
        v.transform(() => ''),
        v.nonEmpty(),
      ),
    })
    expect(said(thrownBy(() => v.parse(schema, body)))).toEqual([
      '#/age invalid: is not valid',
      '#/age wrong_format: has the wrong format',
      '#/age wrong_length: must have exactly 2 characters',
      '#/code too_short: must have at least 1 character',
      '#/count not_multiple: must be a multiple of 7',
      '#/count too_small: must be greater than 3',
      '#/either unknown: is not a known member',
      '#/kind wrong_format: must be a URL',
      '#/lost required: is required',
      '#/mail not_allowed: must be one of the allowed values',
      '#/prices too_short: must have at least 2 members',
      '#/tags too_long: must have at most 1 item',
    ])
  })

  const schemaOf = {
    type: 'object',
    required: ['missing'],
    additionalProperties: false,
    properties: {
      age: { type: 'number' },
      missing: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
      prices: { type: 'object', additionalProperties: { type: 'number' } },
      mail: { type: 'string', format: 'email' },
      kind: { enum: ['a', 'b'] },
      either: { type: ['string', 'boolean'] },
      count: { type: 'number', minimum: 1 },
      code: { type: 'string', minLength: 8 },
    },
  }
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true })
  ;(addFormats as unknown as (to: Ajv) => void)(ajv)
  const expectedOfAjv = common.map((line) =>
    line.startsWith('#/either') ? '#/either wrong_type: has the wrong type' : line,
  )

  test("turns ajv's errors into a 422 without a value: its list, its thrown error, and Fastify's", async () => {
    const validate = ajv.compile(schemaOf)
    validate(structuredClone(body))
    expect(said(validate.errors)).toEqual(expectedOfAjv)
    expect(said(new Ajv.ValidationError(validate.errors ?? []))).toEqual(expectedOfAjv)
    const { fastify } = await import('fastify')
    const app = fastify({
      ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: false } as never },
    })
    let failure: unknown
    app.setErrorHandler((error, _, reply) => {
      failure = error
      void reply.code(422).send('')
    })
    app.post('/', { schema: { body: schemaOf } }, () => '')
    await app.inject({ method: 'POST', url: '/', payload: body })
    expect(said(failure)).toEqual(expectedOfAjv)
  })

  test("has a sentence for ajv's other keywords", () => {
    const schema = {
      type: 'object',
      maxProperties: 1,
      dependencies: { age: ['other'] },
      properties: {
        age: { anyOf: [{ type: 'number' }, { const: 'x' }] },
        tags: { type: 'array', maxItems: 1, uniqueItems: true },
        count: { type: 'number', exclusiveMinimum: 3, multipleOf: 2 },
        code: { pattern: '^x', type: ['string', 'null'] },
        mail: false,
        kind: { not: {} },
      },
    }
    const validate = new Ajv({ allErrors: true, strict: false }).compile(schema)
    validate({ ...body, tags: [secret, secret] })
    expect(said(validate.errors)).toEqual([
      '# too_long: must have at most 1 member',
      '#/age no_match: matches none of the allowed forms',
      '#/age not_allowed: must be one of the allowed values',
      '#/age wrong_type: must be a number',
      '#/code wrong_format: has the wrong format',
      '#/count not_multiple: must be a multiple of 2',
      '#/count too_small: must be greater than 3',
      '#/kind invalid: is not valid',
      '#/mail unknown: is not a known member',
      '#/other required: is required',
      '#/tags not_unique: must not contain an item twice',
      '#/tags too_long: must have at most 1 item',
    ])
  })

  test('turns errors of class-validator into a 422 without a value, also inside a BadRequestException of Nest', async () => {
    await import('reflect-metadata')
    const { ArrayMaxSize, IsEmail, IsIn, IsNotEmpty, IsNumber, MinLength, Matches, ValidateNested, validate } =
      await import('class-validator')
    class Price {
      amount: unknown
    }
    IsNumber()(Price.prototype, 'amount')
    class Order {
      age: unknown = secret
      mail: unknown = secret
      kind: unknown = secret
      missing: unknown
      code: unknown = secret
      tags: unknown = [1, 2]
      prices: unknown = [Object.assign(new Price(), { amount: 1 }), Object.assign(new Price(), { amount: secret })]
      extra: unknown = secret
    }
    const message = 'the value was $value'
    IsNumber({}, { message })(Order.prototype, 'age')
    IsEmail({}, { message })(Order.prototype, 'mail')
    IsIn(['a'], { message })(Order.prototype, 'kind')
    IsNotEmpty({ message })(Order.prototype, 'missing')
    MinLength(8, { message })(Order.prototype, 'code')
    Matches(/^x/, { message })(Order.prototype, 'code')
    ArrayMaxSize(1)(Order.prototype, 'tags')
    ValidateNested()(Order.prototype, 'prices')
    const errors = await validate(new Order(), { whitelist: true, forbidNonWhitelisted: true })
    expect(JSON.stringify(errors)).toMatch(/hunter2/)
    const expected = [
      '#/age wrong_type: must be a number',
      '#/code too_short: must have more characters',
      '#/code wrong_format: has the wrong format',
      '#/extra unknown: is not a known member',
      '#/kind not_allowed: must be one of the allowed values',
      '#/mail wrong_format: must be an email address',
      '#/missing required: is required',
      '#/prices/1/amount wrong_type: must be a number',
      '#/tags too_long: must have fewer items',
    ]
    expect(said(errors)).toEqual(expected)
    const { BadRequestException } = await import('@nestjs/common')
    expect(said(new BadRequestException(errors))).toEqual(expected)
    expect(validationErrors(new BadRequestException(['age must be a number']))).toBeUndefined()
  })

  test('returns undefined for everything else', () => {
    const others = [undefined, null, 1, 'text', {}, [], [1], new Error('x'), new AggregateError([new Error('y')])]
    others.push(
      { issues: [] },
      { errors: [{ message: 'm' }] },
      { issues: 'none' },
      Object.assign(new Error(), { code: 'E' }),
    )
    for (const other of others) expect(validationErrors(other)).toBeUndefined()
  })

  test('takes 100 of 100,000 issues, and pointers of at most 300 characters', () => {
    const issues = Array.from({ length: 100_000 }, (_, index) => ({ code: 'custom', path: [index], message: secret }))
    expect(validationErrors({ issues })?.errors).toHaveLength(100)
    const path = Array.from({ length: 100_000 }, () => 'a')
    const [long] = validationErrors({ issues: [{ code: 'custom', path }] })?.errors ?? []
    expect(long?.pointer).toMatch(/^#(\/a){149}$/)
    const [name] = validationErrors({ issues: [{ code: 'custom', path: ['a', 'b'.repeat(1e6), 'c'] }] })?.errors ?? []
    expect(name?.pointer).toBe('#/a')
    const instancePath = '/ab'.repeat(1e6)
    const [ofAjv] = validationErrors([{ instancePath, schemaPath: '', keyword: 'not', params: {} }])?.errors ?? []
    expect(ofAjv?.pointer).toMatch(/^#(\/ab){99}$/)
  })

  test('survives errors that throw, hold themselves, or come from proxies', () => {
    const throwing = {
      get issues() {
        throw new Error('no')
      },
    }
    const cycle: Record<string, unknown> = { property: 'a', constraints: { isInt: '' } }
    cycle['children'] = [cycle, cycle]
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
        getPrototypeOf: () => {
          throw new Error('no')
        },
      },
    )
    for (const error of [throwing, proxy, hostile, { issues: proxy }, { issues: [hostile] }, [hostile]]) {
      expect(validationErrors(error)).toBeUndefined()
    }
    expect(validationErrors([cycle])?.errors).toHaveLength(100)
    const issue = { code: 'unrecognized_keys', path: [], keys: ['__proto__', 'constructor', Symbol('s'), {}] }
    const pointers = validationErrors({ issues: [issue] })?.errors.map(({ pointer }) => pointer)
    expect(pointers).toEqual(['#/__proto__', '#/constructor', '#', '#'])
  })

  test('never repeats a value, whatever a validator says about it', () => {
    const key = fc.constantFrom(
      'code',
      'path',
      'message',
      'expected',
      'received',
      'format',
      'values',
      'kind',
      'type',
      'input',
      'requirement',
      'keyword',
      'schemaPath',
      'instancePath',
      'params',
      'limit',
      'property',
      'constraints',
      'children',
      'value',
    )
    const name = fc.constantFrom(
      'invalid_type',
      'too_small',
      'custom',
      'schema',
      'validation',
      'min_length',
      'string',
      'isInt',
      '',
    )
    const leaf = fc.oneof(name, fc.constant(`a ${secret}`), fc.integer({ min: 0, max: 9 }))
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'))),
    }))
    fc.assert(
      fc.property(fc.array(fc.dictionary(key, tree), { maxLength: 4 }), (issues) => {
        for (const error of [issues, { issues }, { errors: issues }]) {
          for (const { detail, code } of validationErrors(error)?.errors ?? []) {
            expect(`${detail} ${code}`).not.toContain(secret)
            expect(detail.length).toBeLessThan(100)
          }
        }
      }),
    )
  })
})

describe('a pointer', () => {
  test('is the fragment of a URI that gives back the names', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 20 })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(part, fc.constantFrom('~', '/', '~1', '#', '%', '', '__proto__')), { maxLength: 4 }),
        (path) => {
          const pointer = pointerOf(path)
          fc.pre(pointer.split('/').length === path.length + 1)
          expect(pointer).toMatch(/^#[\w\-.~!$&'()*+,;=:@/?%]*$/)
          expect(stepsOf(decodeURIComponent(pointer.slice(1)))).toEqual(path)
        },
      ),
    )
  })

  test('has a sign in place of half a character', () => {
    expect(pointerOf(['\ud800'])).toBe('#/%EF%BF%BD')
  })
})
