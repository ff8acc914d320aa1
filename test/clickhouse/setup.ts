// One server for the tests of a file, and an empty database for each test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Chdb, clientOf, startChdb, type TestClient } from '../chdb/chdb.js'

/** A server with a client of it; both are there once the tests run. */
export interface Served {
  readonly chdb: Chdb
  readonly client: TestClient
  /** The name of an empty database. */
  database(): Promise<string>
}

let count = 0

/** Starts a server before the tests of a file or group, and stops it after them. */
export function serveChdb(): Served {
  const dir = mkdtempSync(join(tmpdir(), 'spoor-chdb-'))
  let chdb: Chdb | undefined
  let client: TestClient | undefined
  beforeAll(async () => {
    chdb = await startChdb({ dir })
    client = clientOf(chdb)
  })
  afterAll(async () => {
    await client?.close()
    await chdb?.stop('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })
  return {
    get chdb() {
      return chdb as Chdb
    },
    get client() {
      return client as TestClient
    },
    async database() {
      const name = `test_${++count}`
      await client?.command({ query: `CREATE DATABASE ${name}` })
      return name
    },
  }
}
