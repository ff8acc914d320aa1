import { levels } from '../../logging/levels.js'
import type { Answers } from './answers.js'
import { boundedMarkdown, data } from './bounded-answer.js'

/** A tool of the Model Context Protocol. */
export interface Tool {
  readonly name: string
  readonly description: string
  readonly inputSchema: {
    readonly type: 'object'
    readonly properties: Readonly<Record<string, Schema>>
    readonly required?: readonly string[]
    readonly additionalProperties: false
  }
  run(answers: Answers, given: never): Promise<string>
}

interface Schema {
  readonly type: 'string' | 'integer' | 'number'
  readonly description: string
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}

const text = (description: string): Schema => ({ type: 'string', description, maxLength: 200 })
const last: Schema = {
  type: 'string',
  description: 'How far to look back: 90s, 15m, 1h, 2d. Default 1h',
  pattern: '^\\d{1,6}[smhd]$',
}
const limit = (maximum: number): Schema => ({
  type: 'integer',
  description: `At most this many. Default ${maximum === 100 ? 20 : 50}`,
  minimum: 1,
  maximum,
})

/** The tools of `spoor mcp`. All of them only read. */
export const tools: readonly Tool[] = [
  {
    name: 'find_request',
    description:
      'Tells everything about one request or job by its id: outcome, cost, queries, calls, log lines and jobs. Use it when a person names a request id.',
    inputSchema: {
      type: 'object',
      properties: { id: text('The request id, as in X-Request-ID') },
      required: ['id'],
      additionalProperties: false,
    },
    run: async (answers, { id }: { id: string }) => {
      const story = await answers.find(id)
      return story === undefined
        ? `not found: no line of the id ${JSON.stringify(id)} is in the log files`
        : boundedMarkdown(story)
    },
  },
  {
    name: 'list_requests',
    description: 'Lists finished requests and jobs, newest first, with status, duration and cost.',
    inputSchema: {
      type: 'object',
      properties: {
        account: text('Only this account'),
        user: text('Only this user'),
        route: text('Only this route pattern, as in /api/v1/posts/:id'),
        status: {
          type: 'string',
          description: 'A status such as 404, or a class such as 5xx',
          pattern: '^[1-5](\\d\\d|xx)$',
        },
        kind: { type: 'string', description: 'Requests or jobs', enum: ['request', 'job'] },
        minMs: { type: 'number', description: 'Only those that took at least this long, in ms', minimum: 0 },
        last,
        limit: limit(100),
      },
      additionalProperties: false,
    },
    run: async (answers, asked) => data(await answers.list(asked)),
  },
  {
    name: 'top',
    description: 'Says which accounts or routes use the server: requests, errors, CPU, time in queries.',
    inputSchema: {
      type: 'object',
      properties: { by: { type: 'string', description: 'Default account', enum: ['account', 'route'] }, last },
      additionalProperties: false,
    },
    run: async (answers, asked) => data(await answers.top(asked)),
  },
  {
    name: 'read_lines',
    description: 'Reads log lines, newest first, by logger, level, account, request id or a part of the message.',
    inputSchema: {
      type: 'object',
      properties: {
        logger: text('Only this logger'),
        level: { type: 'string', description: 'This level or above', enum: levels },
        account: text('Only this account'),
        requestId: text('Only lines of this request or job, and of what it started'),
        text: text('A part of the message, in any case'),
        last,
        limit: limit(200),
      },
      additionalProperties: false,
    },
    run: async (answers, asked) => data(await answers.lines(asked)),
  },
  {
    name: 'health',
    description:
      'Says which log files there are, how far back they reach, and, of a running service, the state of Spoor.',
    inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    run: async (answers) => data(await answers.health()),
  },
]

/** What is wrong with the arguments of a tool; undefined if nothing is. */
export function argumentProblem({ inputSchema }: Tool, given: Readonly<Record<string, unknown>>): string | undefined {
  const { properties, required = [] } = inputSchema
  for (const name of required) if (given[name] === undefined) return `${name}: expected a value`
  for (const [name, value] of Object.entries(given)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (schema === undefined)
      return `expected only ${Object.keys(properties).join(', ') || 'no arguments'}, got another`
    const problem = valueProblem(schema, value)
    if (problem !== undefined) return `${name}: ${problem}`
  }
  return undefined
}

function valueProblem(schema: Schema, value: unknown): string | undefined {
  const {
    type,
    pattern,
    minimum = Number.NEGATIVE_INFINITY,
    maximum = Number.POSITIVE_INFINITY,
    maxLength = 200,
  } = schema
  if (type === 'string') {
    if (typeof value !== 'string' || value === '' || value.length > maxLength)
      return `expected a text of 1 to ${maxLength} characters`
    if (schema.enum !== undefined && !schema.enum.includes(value)) return `expected one of ${schema.enum.join(', ')}`
    if (pattern !== undefined && !new RegExp(pattern).test(value)) return `expected ${schema.description}`
    return undefined
  }
  const isNumber = typeof value === 'number' && (type === 'number' ? Number.isFinite(value) : Number.isInteger(value))
  return isNumber && value >= minimum && value <= maximum
    ? undefined
    : `expected a number from ${minimum}${maximum === Number.POSITIVE_INFINITY ? '' : ` to ${maximum}`}`
}
