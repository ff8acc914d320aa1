import type { ListedRequest } from '../../protocol.js'

/** A place in the list where requests are missing: they came faster than the page could read them. */
export interface Gap {
  readonly isGap: true
  /** Sorts directly below the row above it. */
  readonly id: string
  readonly startedAt: string
}

/** A row of the list: a finished request or job, or a gap. */
export type Row = ListedRequest | Gap

export function isGap(row: Row): row is Gap {
  return 'isGap' in row
}

/** The gap directly below a row. */
export function gapBelow({ id, startedAt }: Row): Gap {
  return { isGap: true, id: id.slice(0, -1), startedAt }
}

type Place = Pick<Row, 'id' | 'startedAt'>

/** Orders rows as the service does: newest first, by start, then by id. */
export function newestFirst(one: Place, other: Place): number {
  if (one.startedAt !== other.startedAt) return one.startedAt < other.startedAt ? 1 : -1
  return one.id === other.id ? 0 : one.id < other.id ? 1 : -1
}

/** Puts rows into a sorted list. Rows that it has already are left out. Neither list is changed. */
export function merged(rows: readonly Row[], more: readonly Row[]): readonly Row[] {
  if (more.length === 0) return rows
  const added = [...more].sort(newestFirst)
  const all: Row[] = []
  let at = 0
  for (const row of added) {
    for (let next = rows[at]; next !== undefined && newestFirst(next, row) < 0; next = rows[at]) {
      all.push(next)
      at += 1
    }
    const last = all.at(-1)
    if (rows[at]?.id === row.id || last?.id === row.id) continue
    all.push(row)
  }
  for (; at < rows.length; at += 1) all.push(rows[at] as Row)
  return all
}
