import type { Query } from './queries.js'

/** The queries of a request with the same normalised text. */
export interface QueryKind {
  readonly system: string
  readonly namespace: string | undefined
  readonly summary: string | undefined
  readonly text: string | undefined
  readonly calls: number
  /** The sum of the durations. */
  readonly ms: number
  readonly slowestMs: number
  readonly rows: number | undefined
  readonly errors: number
}

/** A kind with many calls in one request: often a query in a loop. */
export interface RepeatedQuery {
  readonly system: string
  readonly summary: string | undefined
  readonly calls: number
  readonly ms: number
}

const maxKinds = 50
const maxShown = 20
const minRepeated = 5
const maxRepeated = 5
// The statements of a transaction repeat with the transaction.
const ofTransactions: ReadonlySet<string> = new Set(
  'START BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE END ABORT'.split(' '),
)

type Counted = { -readonly [Name in keyof QueryKind]: QueryKind[Name] }

/** Tells up to 50 kinds of queries apart. */
export class QueryKinds {
  readonly #all: Counted[] = []
  /** The kinds by their text. Few have the same text in another system or namespace. */
  readonly #byText = new Map<string, number[]>()

  /** Counts a query. @returns the index of its kind; undefined if there are too many kinds */
  begin(query: Query): number | undefined {
    const text = query.text ?? query.summary ?? ''
    const same = this.#byText.get(text)
    const known = same?.find((at) => this.#isKind(at, query))
    const at = known ?? this.#add(query, text, same)
    const kind = at === undefined ? undefined : this.#all[at]
    if (kind !== undefined) kind.calls++
    return at
  }

  /** Ends a query of the kind `at`. */
  end(at: number, query: Query, ms: number): void {
    const kind = this.#all[at]
    if (kind === undefined) return
    add(kind, ms)
    if (query.rows !== undefined) kind.rows = (kind.rows ?? 0) + query.rows
    if (query.errorCode !== undefined) kind.errors++
  }

  /** Each kind by its index. Queries that are still open count until `now`. */
  list(open: Iterable<[Query, number | undefined]>, now: number): QueryKind[] {
    const all = this.#all.map((kind) => ({ ...kind }))
    for (const [query, at] of open) {
      const kind = at === undefined ? undefined : all[at]
      if (kind !== undefined) add(kind, now - query.start)
    }
    return all
  }

  #isKind(at: number, { system, namespace }: Query): boolean {
    const kind = this.#all[at]
    return kind?.system === system && kind.namespace === namespace
  }

  #add({ system, namespace, summary, text }: Query, key: string, same: number[] | undefined): number | undefined {
    if (this.#all.length >= maxKinds) return undefined
    const at = this.#all.length
    this.#all.push({ system, namespace, summary, text, calls: 0, ms: 0, slowestMs: 0, rows: undefined, errors: 0 })
    if (same === undefined) this.#byText.set(key, [at])
    else same.push(at)
    return at
  }
}

function add(kind: Counted, ms: number): void {
  kind.ms += ms
  kind.slowestMs = Math.max(kind.slowestMs, ms)
}

/** The 20 kinds that took the most time, with their indexes. */
export function slowestKinds(kinds: readonly QueryKind[]): [number, QueryKind][] {
  return [...kinds.entries()].sort(([, one], [, other]) => other.ms - one.ms).slice(0, maxShown)
}

/**
 * The 5 most frequent of the kinds with at least 5 calls. Kinds without a text do not count: queries with the same summary
 * may be different queries.
 */
export function repeatedKinds(kinds: readonly QueryKind[]): RepeatedQuery[] {
  return kinds
    .filter(
      ({ text, calls, summary }) => text !== undefined && calls >= minRepeated && !isOfTransaction(summary ?? text),
    )
    .sort((one, other) => other.calls - one.calls)
    .slice(0, maxRepeated)
    .map(({ system, summary, calls, ms }) => ({ system, summary, calls, ms }))
}

function isOfTransaction(statement: string): boolean {
  return ofTransactions.has((/^\w{1,12}/.exec(statement)?.[0] ?? '').toUpperCase())
}
