import type { Command, Option } from './command.js'

const directory: Option = {
  name: 'dir',
  value: 'DIR',
  says: 'the directory of the log files; default ./logs, and all below it',
}
const url: Option = {
  name: 'url',
  value: 'URL',
  says: 'ask a running service: the URL of its inspector. The token in SPOOR_TOKEN is sent with it',
}
const clickhouse: Option = {
  name: 'clickhouse',
  value: 'URL',
  says: 'read the lines in ClickHouse: its URL with the database, as in http://127.0.0.1:8123/logs. The password in SPOOR_CLICKHOUSE_PASSWORD is sent with it',
}
const json: Option = { name: 'json', says: 'one JSON object a line' }
const account = (says: string): Option => ({ name: 'account', value: 'ACCOUNT', says })
const last: Option = { name: 'last', value: 'TIME', says: 'how far to look back, as in 90s, 15m, 1h, 2d; default 1h' }
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

/** All commands of `spoor`. */
export const commands: readonly Command[] = [
  {
    name: 'find',
    words: '[ID]',
    minWords: 0,
    maxWords: 1,
    says: 'everything about one request or job, or a list of requests',
    options: [
      directory,
      url,
      clickhouse,
      { name: 'quick', says: 'read only where the time in the id and the request line say; not with --url' },
      { name: 'jobs', says: 'also the lines of the jobs that it queued, to any depth' },
      json,
      { name: 'md', says: 'as Markdown, for an issue or an agent' },
      account('only what was done for this account. Without ID: list it'),
      { ...last, says: `without ID: ${last.says}` },
      { name: 'failed', says: 'without ID: only failed requests and jobs' },
    ],
    examples: [
      ['spoor find 01a20dde-1314-7c1e-9b52-6f0d3a81c7e4', 'the story of a request'],
      ['spoor find 01a20dde-1314-7c1e-9b52-6f0d3a81c7e4 --jobs', 'with the lines of its jobs'],
      ['spoor find --account acme --last 1h --failed', 'what failed for acme in the last hour'],
    ],
    load: async () => (await import('./find/find-command.js')).findCommand,
  },
  {
    name: 'tail',
    words: '[LOGGER…]',
    minWords: 0,
    maxWords: 50,
    says: 'new log lines as they are written, across rotations',
    options: [
      directory,
      url,
      clickhouse,
      account('only lines of this account'),
      {
        name: 'level',
        value: 'LEVEL',
        says: 'only lines of this level or above: trace, debug, info, warn, error or fatal',
        choices: levels,
      },
      { name: 'request', value: 'ID', says: 'only lines of this request or job, and of what it started' },
      json,
    ],
    examples: [
      ['spoor tail', 'all loggers'],
      ['spoor tail requests publish_sync --account acme', 'two loggers, one account'],
      ['spoor tail --level warn', 'warnings and errors'],
    ],
    load: async () => (await import('./tail/tail-command.js')).tailCommand,
  },
  {
    name: 'top',
    words: '',
    minWords: 0,
    maxWords: 0,
    says: 'who uses the server: accounts or routes, by CPU and other figures',
    options: [
      directory,
      url,
      clickhouse,
      { name: 'by', value: 'WHAT', says: 'account or route; default account', choices: ['account', 'route'] },
      {
        name: 'sort',
        value: 'MEASURE',
        says: 'cpu, ms, requests, errors, queries, pool, bytes, heldUp or counts.NAME; default cpu, if measured',
        choices: ['cpu', 'ms', 'requests', 'errors', 'queries', 'pool', 'bytes', 'heldUp'],
      },
      account('only this account'),
      last,
      { name: 'limit', value: 'N', says: 'how many rows; default 20' },
      json,
    ],
    examples: [
      ['spoor top', 'accounts by CPU in the last hour'],
      ['spoor top --by route --sort queries --last 10m', 'routes by query time'],
      ['spoor top --sort counts.tokens', 'accounts by a counter of the service'],
    ],
    load: async () => (await import('./top/top-command.js')).topCommand,
  },
  {
    name: 'inspect',
    words: '',
    minWords: 0,
    maxWords: 0,
    says: 'the API of the inspector over log lines, on this machine only',
    options: [
      directory,
      clickhouse,
      { name: 'port', value: 'PORT', says: 'default: a free port' },
      account('only what was done for this account'),
    ],
    examples: [['spoor inspect --dir /var/log/publisher', 'prints the address with its token']],
    load: async () => (await import('./inspect/inspect-command.js')).inspectCommand,
  },
  {
    name: 'level',
    words: '[LOGGER] [LEVEL]',
    minWords: 0,
    maxWords: 2,
    says: 'the levels of loggers while a service runs, for a while: list or change them',
    options: [
      { ...directory, says: 'the directory of the log files; default ./logs, and all below it that have log files' },
      { name: 'for', value: 'TIME', says: 'how long it holds, as in 90s, 10m, 2h; default 10m, at most 7d' },
      account('only lines of this account'),
      { name: 'user', value: 'USER', says: 'only lines of this user' },
      { name: 'request', value: 'ID', says: 'only lines of this request and of its jobs' },
      {
        name: 'clear',
        says: 'back to the levels of the options: all, or those of LOGGER, --account, --user and --request',
      },
      json,
    ],
    examples: [
      ['spoor level publish_sync debug --for 10m --account acme', 'one logger, one account'],
      ['spoor level debug --request 01a20dde-1314-7c1e-9b52-6f0d3a81c7e4', 'all loggers, one request and its jobs'],
      ['spoor level', 'lists what holds'],
      ['spoor level --clear', 'all levels are those of the options again'],
    ],
    load: async () => (await import('./level/level-command.js')).levelCommand,
  },
  {
    name: 'mcp',
    words: '',
    minWords: 0,
    maxWords: 0,
    says: 'the same answers for agents (Model Context Protocol, stdio, read-only)',
    options: [directory, url, clickhouse, account('only what was done for this account')],
    examples: [['spoor mcp --dir /var/log/publisher --account acme', 'what an agent of acme may read']],
    load: async () => (await import('./mcp/mcp-command.js')).mcpCommand,
  },
]
