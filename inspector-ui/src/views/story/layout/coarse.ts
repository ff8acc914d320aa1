import type { Piece } from './divide.js'
import type { Scale } from './scale.js'

/**
 * Pieces that can be seen: those thinner than `minPx` on the axis are taken together with their neighbours, as what took
 * most of their time. The pieces still follow each other without gaps.
 */
export function coarse(pieces: readonly Piece[], scale: Scale, minPx = 1.6): readonly Piece[] {
  const minMs = ((scale.to - scale.from) / (scale.right - scale.left)) * minPx
  const seen: { kind: Piece['kind']; from: number; to: number }[] = []
  let thin: Piece[] = []
  const add = (kind: Piece['kind'], from: number, to: number): void => {
    const last = seen.at(-1)
    if (last?.kind === kind) last.to = to
    else seen.push({ kind, from, to })
  }
  const flush = (): void => {
    const [first] = thin
    const last = thin.at(-1)
    if (first === undefined || last === undefined) return
    add(mostOf(thin), first.from, last.to)
    thin = []
  }
  for (const piece of pieces) {
    if (piece.to - piece.from >= minMs) {
      giveAway(thin, seen, piece, minMs)
      thin = []
      add(piece.kind, seen.at(-1)?.to ?? piece.from, piece.to)
      continue
    }
    thin.push(piece)
    if (piece.to - (thin[0] as Piece).from >= minMs) flush()
  }
  // The rest after the last piece that can be seen.
  const end = thin.at(-1)?.to
  const last = seen.at(-1)
  if (end !== undefined && last !== undefined) last.to = end
  else flush()
  return seen
}

/** What is too thin even together, before a piece that can be seen, goes to the piece before it, or else to that piece. */
function giveAway(
  thin: readonly Piece[],
  seen: { kind: Piece['kind']; from: number; to: number }[],
  next: Piece,
  minMs: number,
): void {
  const [first] = thin
  if (first === undefined) return
  const last = seen.at(-1)
  if (next.from - first.from >= minMs) seen.push({ kind: mostOf(thin), from: first.from, to: next.from })
  else if (last !== undefined) last.to = next.from
  else seen.push({ kind: next.kind, from: first.from, to: next.from })
}

function mostOf(pieces: readonly Piece[]): Piece['kind'] {
  const sums = new Map<Piece['kind'], number>()
  for (const { kind, from, to } of pieces) sums.set(kind, (sums.get(kind) ?? 0) + to - from)
  let most: readonly [Piece['kind'], number] | undefined
  for (const entry of sums) if (most === undefined || entry[1] > most[1]) most = entry
  return (most as readonly [Piece['kind'], number])[0]
}
