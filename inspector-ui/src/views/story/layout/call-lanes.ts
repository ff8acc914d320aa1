import { plain, size } from '../../../format/numbers.js'
import { counted } from '../../../format/texts.js'
import type { RecordedCall } from '../../../protocol.js'
import { stretch } from './intervals.js'
import { around, heights, type Label, type Lane, type Mark } from './lane.js'
import type { StoryInput } from './story-input.js'
import { ms, named } from './words.js'

// More calls to one host fold into its lane, more hosts into one lane.
const maxCalls = 8
const maxHosts = 6

interface Host {
  readonly name: string
  /** Of all calls, the calls that the record did not keep included. */
  readonly count: number
  readonly ms: number
  readonly calls: readonly RecordedCall[]
}

/** The lanes of outgoing calls: one for each host, and below it a row for each call. */
export function callLanes(input: StoryInput): Lane[] {
  const hosts = hostsOf(input)
  const end = input.record.durationMs
  const shown = input.isOpened || hosts.length <= maxHosts ? hosts : hosts.slice(0, maxHosts - 1)
  const lanes = shown.flatMap((host) => hostLanes(host, end, input.isOpened))
  const folded = hosts.slice(shown.length)
  if (folded.length > 0) lanes.push(otherHosts(folded, end))
  return lanes
}

/** The hosts, that with the most time first. */
function hostsOf({ record }: StoryInput): Host[] {
  const calls = new Map<string, RecordedCall[]>()
  for (const call of record.outgoing ?? []) {
    const own = calls.get(call.host)
    if (own === undefined) calls.set(call.host, [call])
    else own.push(call)
  }
  const sums = new Map(Object.entries(record.io.outgoing?.byHost ?? {}))
  const names = new Set([...sums.keys(), ...calls.keys()])
  const hosts = [...names].map((name): Host => {
    const own = calls.get(name) ?? []
    const sum = sums.get(name)
    const took = own.reduce((all, { durationMs = 0 }) => all + durationMs, 0)
    return { name, count: sum?.calls ?? own.length, ms: sum?.ms ?? took, calls: own }
  })
  return hosts.sort((one, other) => other.ms - one.ms)
}

function hostLanes(host: Host, end: number, isOpened: boolean): Lane[] {
  const isFolded = host.calls.length > maxCalls && !isOpened
  const height = isFolded ? heights.call : heights.thin
  const lane: Lane = {
    key: `host ${host.name}`,
    name: `Waiting for ${named(host.name, 60)}`,
    note: isFolded || host.calls.length === 0 ? counted(host.count, 'call') : undefined,
    total: ms(host.ms),
    title: titleOf(host),
    marks: host.calls.flatMap((call) => marksOf(call, end, height, !isFolded)),
    isFolded,
    ...(host.calls.length > 0
      ? {}
      : {
          label: { text: 'when they were open is not known', short: 'when is not known', beside: { from: 0, to: 0 } },
        }),
  }
  if (isFolded) return [lane]
  return [lane, ...host.calls.map((call, at) => callLane(call, `call ${host.name} ${at}`, end))]
}

function titleOf({ count, calls }: Host): string {
  const drawn = calls.length < count ? `. ${calls.length} of ${count} are drawn: a record keeps the first 50` : ''
  return `Calls that were open at the same time are all counted${drawn}`
}

function callLane(call: RecordedCall, key: string, end: number): Lane {
  const marks = marksOf(call, end, heights.call, false)
  return {
    key,
    isSub: true,
    verb: named(call.method, 12),
    name: named(call.route, 80),
    total: call.durationMs === undefined ? 'open' : ms(call.durationMs),
    marks,
    label: marks.length === 0 ? undefined : labelOf(call, marks),
  }
}

function labelOf(call: RecordedCall, marks: readonly Mark[]): Label {
  const { status, errorCode, firstByteMs, startMs, durationMs, writtenBytes } = call
  const beside = around(marks)
  const failed = errorCode !== undefined || (status !== undefined && status >= 500)
  const result = errorCode === undefined ? String(status ?? 'no answer') : named(errorCode, 40)
  const waited = firstByteMs === undefined ? undefined : Math.max(0, firstByteMs - startMs)
  const words = [
    durationMs === undefined ? 'still open' : result,
    writtenBytes !== undefined && writtenBytes >= 1024 && `${plain(size(writtenBytes))} sent`,
    waited !== undefined && `first byte after ${ms(waited)}`,
  ].filter(Boolean)
  const mark = failed ? '◆ ' : ''
  return {
    text: `${mark}${words.join(', ')}`,
    short: `${mark}${words[0]}`,
    beside,
    tone: failed ? 'fail' : undefined,
    mayBeInside: !failed,
  }
}

/** Pale until the first byte, solid while the response is read. */
function marksOf(call: RecordedCall, end: number, height: number, isWhole: boolean): Mark[] {
  const { startMs, durationMs, firstByteMs } = call
  const at = stretch(startMs, durationMs ?? Math.max(0, end - startMs))
  if (at === undefined) return []
  const first = firstByteMs === undefined || isWhole ? at.to : Math.min(at.to, Math.max(at.from, firstByteMs))
  const pale: Mark = { from: at.from, to: first, look: 'pale', height }
  return first < at.to ? [pale, { from: first, to: at.to, look: 'call', height }] : [pale]
}

function otherHosts(hosts: readonly Host[], end: number): Lane {
  return {
    key: 'other hosts',
    name: counted(hosts.length, 'other host'),
    note: counted(
      hosts.reduce((sum, { count }) => sum + count, 0),
      'call',
    ),
    total: ms(hosts.reduce((sum, host) => sum + host.ms, 0)),
    marks: hosts.flatMap(({ calls }) => calls.flatMap((call) => marksOf(call, end, heights.call, false))),
    isFolded: true,
  }
}
