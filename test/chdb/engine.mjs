import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const { Session } = require('chdb')
// The package takes rows of text formats only, and parameters as JavaScript values. The addon beneath it takes rows of any
// format, and parameters as texts, as the HTTP protocol has them.
const native = require(require.resolve('chdb').replace(/index\.m?js$/, 'dist/loader.js')).loadNative()

/** One engine on a directory. An engine runs several statements at once; those with parameters one after the other. */
export class Engine {
  #session
  #withParams = Promise.resolve()

  constructor(directory) {
    this.#session = new Session(directory)
  }

  /** Runs a statement. Rejects with ClickHouse's text. */
  async run({ sql, rows, params, settings, format }) {
    const connection = this.#session.connection
    if (rows !== undefined) {
      const [, before, after] = /^(.*)\s(format\s+\w+)\s*$/is.exec(sql) ?? [undefined, sql, '']
      if (rows.includes('\n\n'))
        return this.#insertFile(rows, (file) => `${before} ${file} ${settingsOf(settings)} ${after}`)
      const statement = `${before} ${settingsOf(settings)} ${after}`
      return native.InsertRawAsyncConnection(connection, statement, rows, false)
    }
    const isRead = /^\s*(select|with|show|describe|exists)\b/i.test(sql)
    const statement = isRead ? `${sql}\n${settingsOf(settings)}` : sql
    if (Object.keys(params).length === 0) return native.QueryAsyncConnection(connection, statement, format)
    // The engine sets and resets parameters around a statement; two at once would mix them.
    const run = () => native.QueryAsyncConnection(connection, statement, format, params)
    const running = this.#withParams.then(run)
    this.#withParams = running.then(
      () => {},
      () => {},
    )
    return running
  }

  /** The engine takes rows for the end of the statement where two newlines follow each other, as in a number of RowBinary. A server does not. */
  async #insertFile(rows, statement) {
    const directory = mkdtempSync(join(tmpdir(), 'spoor-rows-'))
    const file = join(directory, 'rows')
    writeFileSync(file, rows)
    try {
      return await native.QueryAsyncConnection(
        this.#session.connection,
        statement(`FROM INFILE ${quoted(file)}`),
        'Null',
      )
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
}

function settingsOf(settings) {
  const pairs = Object.entries(settings)
  if (pairs.length === 0) return ''
  return `SETTINGS ${pairs.map(([name, value]) => `${checkedName(name)} = ${quoted(value)}`).join(', ')}`
}

function checkedName(name) {
  if (!/^\w+$/.test(name)) throw new Error(`Code: 115. DB::Exception: Unknown setting '${name}'. (UNKNOWN_SETTING)`)
  return name
}

function quoted(value) {
  return /^-?\d+(?:\.\d+)?$/.test(value) ? value : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
