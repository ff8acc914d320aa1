// What of a run breaks a promise, in words. Each rule looks at one thing; a run without complaint is good.
import { slopeOf } from './slope.mjs'

const MB = 2 ** 20
/** What the heap grows by without a leak: compiled code, shapes, the first of each list; most of it in the first minute. */
const grownBytes = { inTheFirstMinute: 8 * MB, later: 3 * MB }
/**
 * A leaked context, line or timer takes several hundred bytes for each request. Without a leak, V8 compiled 1.1 MB of code between
 * the third and the sixth minute of a run, and the example fills its lists of jobs and of ids of webhooks.
 */
const leakedBytes = 128
/** Connections of pools come and go; a leak makes one for each request. */
const spare = 8
const shown = 5

export function judge(run) {
  return rules.flatMap((rule) => rule(run) || [])
}

const rules = [
  flatHeap,
  ({ before, after }) => leftBehind(before, after),
  ({ after }) => list('unhandled rejections', after.unhandled),
  ({ after }) => list('warnings of Node', after.warnings),
  ({ exit }) => exit.code !== 0 && `the service ended with ${exit.hung ? 'a hang' : (exit.code ?? exit.signal)}`,
  ({ clients }) => clients.failed > 0 && list('surprises of clients', clients.failures, clients.failed),
  ({ balance }) => list('lines lost', balance.lost),
  ({ balance }) => list('lines doubled', balance.doubled),
  ({ balance }) => list('lines with a wrong figure', balance.wrong),
  ({ balance }) => list('lines of unknown requests', balance.unasked),
  ({ lines }) => lines.torn > 0 && `${lines.torn} torn lines`,
  ({ lines }) => lines.problems,
  ({ balance }) => balance.answered === 0 && 'nothing was answered',
  counted,
  cpuAccounting,
  stateOfSpoor,
]

/** The heap after a collection, from the first quarter on: then the stores are full. */
function flatHeap({ samples }) {
  const steady = samples.slice(Math.ceil(samples.length / 4))
  if (steady.length < 4) return 'too few samples of the heap'
  const [first, last] = [steady[0], steady.at(-1)]
  const grown = slopeOf(steady.map((sample) => [sample.atMs, heapOf(sample)])) * (last.atMs - first.atMs)
  const usual = first.atMs < 15_000 ? grownBytes.inTheFirstMinute : grownBytes.later
  const allowed = Math.max(usual, leakedBytes * (last.requests - first.requests))
  if (grown <= allowed) return undefined
  return `the heap grew by ${inMb(grown)} MB in ${last.requests - first.requests} requests; allowed are ${inMb(allowed)} MB`
}

export function heapOf({ heapUsed, external }) {
  return heapUsed + external
}

/** What is open or kept after the load that was not before it. */
export function leftBehind(before, after) {
  return [
    moreThan('descriptors', before.descriptors, after.descriptors) || [],
    moreOf('resource', before.resources, after.resources),
    moreOf('object', before.objects, after.objects),
  ].flat()
}

function moreThan(what, before, after) {
  return after > before + spare && `${after} ${what} after the load, ${before} before it`
}

function moreOf(what, before = {}, after = {}) {
  return Object.keys(after).flatMap((kind) => moreThan(`${what}s ${kind}`, before[kind] ?? 0, after[kind]) || [])
}

/** Node, Spoor's totals and the log files count the same requests and attempts. */
function counted({ after: { seen }, balance, totals, refused }) {
  const all = seen.requests + seen.upgrades + refused
  const counts = [
    ['request lines', balance.lines, all],
    ['requests in the totals', totals.requests, all],
    ['attempts in the totals', totals.jobs, balance.attempts],
  ]
  return counts.filter(([, is, owed]) => is !== owed).map(([what, is, owed]) => `${is} ${what}, expected ${owed}`)
}

/** The parts add up, little is unexplained, and the system counts the same CPU. */
function cpuAccounting({ accounting, cpu, isAllMeasured }) {
  const { requestsMs, jobsMs, runsMs, unattributedMs, overheadMs, unexplainedMs, maxUnexplained } = accounting
  const all = accounting.threadCpuMs
  if (all === undefined) return 'no CPU was accounted for'
  const sum = requestsMs + jobsMs + runsMs + unattributedMs + overheadMs + unexplainedMs
  const share = Math.abs(unexplainedMs) / all
  return [
    Math.abs(sum - all) > 1 && `the parts of the CPU add up to ${sum.toFixed(0)} ms of ${all.toFixed(0)}`,
    share > maxUnexplained && `${(share * 100).toFixed(1)} % of the CPU is unexplained`,
    isAllMeasured &&
      Math.abs(cpu.countedMs - cpu.systemMs) > 0.02 * cpu.systemMs + 100 &&
      `Spoor counts ${cpu.countedMs.toFixed(0)} ms of CPU, the system ${cpu.systemMs.toFixed(0)}`,
  ].filter(Boolean)
}

function stateOfSpoor({ health, open }) {
  const { context, queries, records, outputs, tracking } = health
  const zero = {
    'open requests and jobs': open,
    'measured requests and jobs that are open': tracking.open,
    'lost contexts': context.lost,
    'lines of an unknown context': context.unknown,
    'calls without a request': context.lostCalls,
    'requests that could not be followed': context.guarded,
    'queries of an unknown request': queries.unknown,
    'failures of the record store': records.failed,
    'lines that were dropped': sum(outputs.map(({ lostLines }) => lostLines)),
    'lines that wait': sum(outputs.map(({ keptLines }) => keptLines)),
  }
  return Object.entries(zero)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
}

function list(what, items, count = items.length) {
  if (count === 0) return undefined
  const more = count > shown ? '; …' : ''
  return `${count} ${what}: ${items.slice(0, shown).join('; ')}${more}`
}

function sum(values) {
  return values.reduce((all, one) => all + one, 0)
}

function inMb(bytes) {
  return (bytes / MB).toFixed(1)
}
