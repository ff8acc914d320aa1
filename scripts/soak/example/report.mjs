// The table of all runs, a line each.
import { heapOf } from './judge.mjs'
import { medianOf } from './slope.mjs'

const MB = 2 ** 20

const columns = {
  Node: ({ result }) => result.health.node.replace('v', ''),
  minutes: ({ result }) => (result.samples.at(-1).atMs / 60_000).toFixed(1),
  requests: ({ result }) => result.balance.lines,
  attempts: ({ result }) => result.balance.attempts,
  lost: ({ result }) => result.balance.lost.length,
  doubled: ({ result }) => result.balance.doubled.length,
  'heap MB, first third': ({ result }) => heapIn(result.samples, 0),
  second: ({ result }) => heapIn(result.samples, 1),
  last: ({ result }) => heapIn(result.samples, 2),
  descriptors: ({ result }) => pair(result, 'descriptors'),
  timers: ({ result }) => `${result.before.objects.Timeout} → ${result.after.objects.Timeout}`,
  'RSS MB': ({ result }) => (result.samples.at(-1).rss / MB).toFixed(0),
  unhandled: ({ result }) => result.after.unhandled.length,
  'CPU %': ({ result }) => shareOf(result.samples, 'processCpuMs'),
  // A machine that other programs use: with much of it, clients wait long, and a complaint may be about the machine.
  'wait for a core %': ({ result }) => shareOf(result.samples, 'coreWaitMs'),
  'unexplained %': ({ result: { accounting } }) =>
    ((accounting.unexplainedMs / accounting.threadCpuMs) * 100).toFixed(2),
  verdict: ({ complaints }) => (complaints.length === 0 ? 'good' : `${complaints.length} complaints`),
}

/** @param {any[]} results those without a result broke off */
export function tableOf(results) {
  const told = results.filter(({ result }) => result !== undefined)
  const rows = [Object.keys(columns), ...told.map((one) => Object.values(columns).map((cell) => String(cell(one))))]
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)))
  return rows.map((row) => row.map((cell, at) => cell.padStart(widths[at])).join('  ')).join('\n')
}

/** The median of a third of the samples after the first quarter. */
function heapIn(samples, third) {
  const steady = samples.slice(Math.ceil(samples.length / 4))
  const size = steady.length / 3
  return (medianOf(steady.slice(Math.floor(third * size), Math.floor((third + 1) * size)).map(heapOf)) / MB).toFixed(1)
}

function pair({ before, samples, after }, name) {
  return `${before[name]} → ${Math.max(...samples.map((sample) => sample[name]))} → ${after[name]}`
}

/** In percent of the time. */
function shareOf(samples, name) {
  const [first, last] = [samples[0], samples.at(-1)]
  return (((last[name] - first[name]) / (last.atMs - first.atMs)) * 100).toFixed(0)
}
