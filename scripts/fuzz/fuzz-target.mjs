// Gives one target texts until its time is over.
import { mutated } from './mutate.mjs'

/** @typedef {{ seeds: readonly string[], words: readonly string[], check(text: string): void }} Target */

const maxFindings = 5
const slowMs = 200
const shortenMs = 5_000
/** To take the coverage costs as much as hundreds of executions, so it is taken after many of them. */
const batchMs = { least: 10, most: 200 }

/**
 * @param {Target} target
 * @param {{ ms: number, random: (below: number) => number, coverage: import('./coverage.mjs').Coverage }} given
 */
export function fuzz(target, { ms, random, coverage }) {
  const began = performance.now()
  const corpus = [...target.seeds]
  /** @type {{ text: string, reason: string }[]} */
  const findings = []
  let executions = 0

  /** @param {string} text */
  const run = (text) => {
    executions++
    const reason = reasonOf(target, text)
    if (reason === undefined || findings.some((one) => kindOf(one.reason) === kindOf(reason))) return
    findings.push({ text: shortened(text, (shorter) => kindOf(reasonOf(target, shorter)) === kindOf(reason)), reason })
  }

  /** Keeps the texts that reach new code, found by halves. @param {string[]} texts */
  const keep = (texts) => {
    for (const text of texts) run(text)
    const reached = coverage.take()
    if (!reached.isNew) return
    if (texts.length > 1) {
      const middle = texts.length >> 1
      keep(texts.slice(0, middle))
      keep(texts.slice(middle))
    } else corpus.push(...texts)
    // Of several texts, this is code that none of them reaches alone.
    reached.record()
  }

  for (const seed of corpus) run(seed)
  coverage.take().record()
  const firstBlocks = coverage.blocks
  let patienceMs = batchMs.least
  while (performance.now() - began < ms && findings.length < maxFindings) {
    const batch = []
    for (const end = performance.now() + patienceMs; performance.now() < end; ) {
      const text = mutated(chosen(corpus, random), { random, words: target.words, others: corpus })
      batch.push(text)
      run(text)
    }
    const reached = coverage.take()
    patienceMs = reached.isNew ? batchMs.least : Math.min(patienceMs * 1.5, batchMs.most)
    if (reached.isNew) keep(batch)
    reached.record()
  }
  return {
    ...{ executions, ms: performance.now() - began, corpus: corpus.length, findings },
    ...{ firstBlocks, blocks: coverage.blocks },
  }
}

/** Any text of the corpus, or one of the last ones, which lead further. */
function chosen(corpus, random) {
  const last = corpus.length - 1 - random(Math.min(20, corpus.length))
  return corpus[random(2) === 0 ? random(corpus.length) : last]
}

/** What is wrong for a text; undefined if nothing is. @param {Target} target @param {string} text */
function reasonOf(target, text) {
  try {
    const began = performance.now()
    target.check(text)
    if (performance.now() - began < slowMs) return undefined
    // The machine may have stood still.
    const ms = Math.min(cpuMsOf(target, text), cpuMsOf(target, text))
    return ms < slowMs ? undefined : `slow: it takes ${Math.round(ms)} ms`
  } catch (error) {
    const [, place = ''] = /\n\s+at ([^\n]*)/.exec(error?.stack ?? '') ?? []
    return `${error?.message ?? error} (${place})`
  }
}

function cpuMsOf(target, text) {
  const before = process.cpuUsage()
  target.check(text)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** A reason without what differs from text to text. @param {string | undefined} reason */
function kindOf(reason) {
  return reason?.split(/["'`[{\d]/, 1)[0]
}

/** The text without the parts that it needs not to fail, as far as they are found in time. */
function shortened(text, fails) {
  const end = performance.now() + shortenMs
  let short = text
  for (let size = short.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < short.length && performance.now() < end; ) {
      const shorter = short.slice(0, at) + short.slice(at + size)
      if (fails(shorter)) short = shorter
      else at += size
    }
  }
  return short
}
