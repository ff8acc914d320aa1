import { readAccess } from '../../records/read-access.js'
import type { StoredRecord } from '../../records/record.js'
import type { RecordFilter } from '../../records/record-store.js'
import { same } from '../expecting.js'
import { epoch, idAt, made } from './made.js'
import type { StoreCase } from './store-case.js'

const all = readAccess('all', undefined)
const waits = { outgoingMs: 0, stepsMs: 0, otherMs: 0, unmeasuredMs: 0 }
const cpu = (ms: number) => ({ ms, slices: 1, clock: 'thread' as const, fromMs: 0 })

// What each has of its own; by its place in this list it is named below.
const kept: readonly Partial<StoredRecord>[] = [
  { account: 'globex', user: 'ben', cpu: cpu(500), waits: { ...waits, outgoingMs: 300 }, durationMs: 800 },
  {
    route: '/a',
    path: '/a/7',
    method: 'GET',
    status: 404,
    cpu: cpu(1),
    waits: { ...waits, otherMs: 9 },
    durationMs: 10,
  },
  { route: undefined, status: 500, error: { type: 'Error', message: '', code: 'ECONNREFUSED' }, durationMs: 2_000 },
  { kind: 'job', name: 'resize', parentId: idAt(0), status: undefined, error: { type: 'E', message: '', code: 7 } },
  { status: 503, cpu: undefined, waits: undefined, error: 'broken', aborted: true },
  { cpu: cpu(3), waits: { ...waits, stepsMs: 4, unmeasuredMs: 4, outgoingMs: 5 } },
  { cpu: cpu(3), waits: { ...waits, stepsMs: 6, otherMs: 4 } },
  { status: 202, cpu: cpu(3), waits: { ...waits, heldUpMs: 7, outgoingMs: 6 } },
]

const filters: readonly [RecordFilter, readonly number[]][] = [
  [{}, [0, 1, 2, 3, 4, 5, 6, 7]],
  [{ account: 'globex' }, [0]],
  [{ user: 'ben' }, [0]],
  [{ route: '/a' }, [1]],
  [{ route: '/a/7' }, []],
  [{ status: '404' }, [1]],
  [{ status: '5xx' }, [2, 4]],
  [{ status: '2xx' }, [0, 5, 6, 7]],
  [{ kind: 'job' }, [3]],
  [{ parentId: idAt(0) }, [3]],
  [{ requestId: idAt(5) }, [5]],
  [{ dominant: 'cpu' }, [0]],
  [{ dominant: 'held' }, [7]],
  [{ mostly: 'held' }, [7]],
  [{ dominant: 'outgoing' }, [2, 3]],
  [{ dominant: 'other' }, [1, 5, 6]],
  [{ mostly: 'outgoing' }, [2, 3]],
  [{ dominant: 'outgoing', mostly: 'outgoing' }, [2, 3]],
  [{ dominant: 'outgoing', mostly: 'cpu' }, []],
  [{ from: epoch + 5 }, [5, 6, 7]],
  [{ to: epoch + 2 }, [0, 1]],
  [{ from: epoch + 1, to: epoch + 3 }, [1, 2]],
  [{ minMs: 812.123 }, [2, 3, 4, 5, 6, 7]],
  [{ minCpuMs: 14 }, [0, 2, 3]],
  [{ errorCode: 'ECONNREFUSED' }, [2]],
  [{ errorCode: '7' }, [3]],
  [{ text: 'A/7' }, [1]],
  [{ text: 'globe' }, [0]],
  [{ text: idAt(5).slice(-8) }, [5]],
  [{ text: 'resize', kind: 'job' }, [3]],
  [{ process: '4127' }, [0, 1, 2, 3, 4, 5, 6, 7]],
  [{ process: 'web-2 4127', account: 'globex' }, [0]],
  [{ process: 'web-1' }, []],
  [{ status: '5xx', minMs: 1_000 }, [2]],
  [{ status: '404', kind: 'job' }, []],
  [{ account: undefined, status: undefined }, [0, 1, 2, 3, 4, 5, 6, 7]],
]

const everything = kept.map((_, n) => n)
// They come from a query. What nothing can meet lets nothing pass; none of them throws or takes long.
const hostile: readonly [object, readonly number[]][] = [
  [{ account: '__proto__' }, []],
  [{ route: 'constructor' }, []],
  [{ user: `'; DROP TABLE records; --` }, []],
  [{ account: '*' }, []],
  [{ route: '(a+)+$' }, []],
  [{ user: '\u0000\r\n\u202e' }, []],
  [{ user: 'x'.repeat(1_000_000) }, []],
  [{ status: '' }, []],
  [{ status: 'xxx' }, []],
  [{ status: '50' }, []],
  [{ status: '404.0' }, []],
  [{ status: '5xx5xx' }, []],
  [{ dominant: 'heldUp' }, []],
  [{ mostly: 'heldUp' }, []],
  [{ kind: 'run' }, []],
  [{ errorCode: '' }, []],
  [{ from: Number.NaN }, []],
  [{ to: Number.NaN }, []],
  [{ from: Number.POSITIVE_INFINITY }, []],
  [{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, everything],
  [{ from: -1e300, to: 1e300 }, everything],
  [{ minMs: Number.NaN }, []],
  [{ minCpuMs: Number.POSITIVE_INFINITY }, []],
  [{ limit: Number.NaN }, everything],
  [{ limit: Number.POSITIVE_INFINITY }, everything],
  [{ limit: 1e9 }, everything],
  [{ limit: 0 }, [7]],
  [{ limit: -5 }, [7]],
  [{ limit: 2.9 }, [6, 7]],
]

function filterCase([filter, expected]: readonly [object, readonly number[]]): StoreCase {
  const shown = JSON.stringify(filter, (_, value: unknown) => (typeof value === 'number' ? String(value) : value))
  return {
    says: `lists the records that match ${shown.slice(0, 80)}`,
    async run({ store }) {
      for (const [n, own] of kept.entries()) await store.put(made(n, own))
      const { items } = await store.list(all, filter)
      same(items.map(({ id }) => id).reverse(), expected.map(idAt))
    },
  }
}

/** Which records a list has. */
export const filterCases: readonly StoreCase[] = [...filters, ...hostile].map(filterCase)
