import { describe, expect, test } from 'vitest'
import { idAt, made } from '../../test/records/made.js'
import { Hits } from '../reading/find/hits.js'
import type { LineSource } from '../reading/line-source.js'
import { lineReading } from '../reading/lines/line-reading.js'
import { RowsReading } from '../reading/rows-reading.js'
import { Searches } from '../reading/searches.js'
import { type ReadAccess, readAccess } from '../records/read-access.js'
import { readLines } from './line-routes.js'

const id = idAt(1)
const head = { time: '2026-11-24T12:00:01.000Z', level: 'info', requestId: id, account: 'acme' }
const { outgoing, steps, jobs, ...record } = made(1, { logs: { lines: 1, warnings: 0, errors: 0 } })
const lines = [
  { ...head, logger: 'shop', message: 'handled' },
  { ...head, logger: 'requests', ...record, message: 'POST /api/v1/publish 201 812 ms' },
].map((line) => Buffer.from(JSON.stringify(line)))

/** Lines in memory, which count how often they are searched. */
class CountedLines {
  searches = 0

  readonly search = (access: ReadAccess): ReturnType<LineSource['search']> => {
    this.searches++
    const hits = new Hits(access)
    const read = async (ids: readonly string[]): Promise<void> => {
      hits.want(ids)
      const place = { name: 'lines', identity: 'lines' }
      for (const [start, bytes] of lines.entries()) hits.add(place, { start, bytes, isCut: false })
    }
    const searched = { bytes: 0, ofBytes: 0, files: 0, ofFiles: 0 }
    return { hits, searched, vanished: [], within: read, everywhere: read, requestLines: async () => {} }
  }
}

describe('the story of a request', () => {
  const ask = async (account: string | undefined, path: string, query: string) => {
    const counted = new CountedLines()
    const source = counted as unknown as LineSource
    const sources = { reading: new RowsReading(source), lines: lineReading(source, new Searches()) }
    const access = account === undefined ? readAccess('all', undefined) : readAccess('account', account)
    const answer = await readLines(sources, access, { path, query } as never).catch((error) => error)
    return { answer, searches: counted.searches }
  }

  test.each([
    ['as JSON', `/api/requests/${id}/logs`, 'as=story'],
    ['with its jobs', `/api/requests/${id}/logs`, 'as=story&jobs=true'],
    ['as Markdown', `/api/requests/${id}`, 'as=markdown'],
  ])('%s has its record and its lines after one search', async (_, path, query) => {
    for (const account of [undefined, 'acme']) {
      const { answer, searches } = await ask(account, path, query)
      expect(answer).toMatchObject({ status: 200 })
      expect(answer.body).toContain('handled')
      expect(answer.body).toContain('812 ms: 530 ms waiting for calls')
      expect(searches).toBe(1)
    }
  })

  test('of another account is like an unknown one, after one search', async () => {
    const { answer, searches } = await ask('globex', `/api/requests/${id}/logs`, 'as=story')
    expect(answer).toMatchObject({ failure: { status: 404 } })
    expect(searches).toBe(1)
  })
})
