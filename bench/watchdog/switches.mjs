// Prints as JSON what the marks of a watchdog add to a switch, in ns: at the switch of the meter, and at `runWith`.
import { createContext } from '../../dist.inside/context/request-context.js'
import { runWith } from '../../dist.inside/context/storage.js'
import { Ledger } from '../../dist.inside/usage/ledger.js'
import { Slices } from '../../dist.inside/usage/slices.js'
import { useMarks } from '../../dist.inside/usage/watchdog/use-marks.js'
import { Charge } from '../../dist.inside/work/charge.js'
import { median } from '../report.mjs'

const [rounds, times] = [Number(process.argv[2]), 200_000]
const contexts = Array.from({ length: 16 }, () => createContext('request', { account: 'acme' }))
const ledger = new Ledger()
const slices = new Slices({ kind: 'thread', cpuMs: () => 0, close() {} }, ledger, () => {})
const charges = contexts.map((context) => Object.assign(new Charge(ledger.requests, 0, 0), { context }))
const nothing = () => {}

const kinds = {
  'a switch of the meter': (at) => slices.switchTo(charges[at & 15]),
  'runWith and its return (two switches)': (at) => runWith(contexts[at & 15], nothing),
}

function ns(act) {
  const start = performance.now()
  for (let at = 0; at < times; at++) act(at)
  return ((performance.now() - start) / times) * 1e6
}

const rows = Object.entries(kinds).map(([what, act]) => {
  const pairs = Array.from({ length: rounds }, () => {
    const off = ns(act)
    const { marks, forget } = useMarks()
    slices.marks = marks
    ns(act)
    const on = ns(act)
    slices.marks = undefined
    forget()
    return { off, added: on - off }
  })
  const of = (name) => median(pairs.map((pair) => pair[name])).toFixed(1)
  return { what, off: of('off'), 'the watchdog adds': of('added') }
})
process.stdout.write(JSON.stringify(rows))
