/**
 * Lines are in the order of their times up to this, in ms: several processes write one file, and a process whose event loop was
 * blocked writes its lines late.
 */
export const disorderMs = 5_000

/** Spoor writes no longer lines, in bytes. */
export const maxLineBytes: number = 2 ** 20
