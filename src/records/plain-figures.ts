import { numberText } from '../safe-values/clean-fields.js'
import type { UsageFigures } from '../usage/figures.js'
import type { RunSpan } from '../work/charge.js'
import type { RequestRecord } from './record.js'
import type { Waits } from './waits.js'

/*
 * The figures of a tracked request as JSON text, for the fast path of its line (plain-request.ts). Member by member:
 * all of them are numbers, and a walk over objects takes three times as long.
 */

/** The members of a line before and after `io`, each with a comma before it. */
export interface PlainFigures {
  readonly beforeIo: string
  readonly fs: string
  readonly afterIo: string
  /** After `logs`. */
  readonly timeline: string
}

/** @returns undefined where the general path must write the line: a figure that JSON cannot express */
export function plainFigures(record: RequestRecord): PlainFigures | undefined {
  const { cpu, waits, beforeStartMs, truncated, gcMs, memory, io, process, timeline } = record
  if (cpu === undefined || waits === undefined || process === undefined) return undefined
  const fs = io?.fs
  const sum =
    sumOf(cpu, waits) + sumOfProcess(process) + (beforeStartMs ?? 0) + (gcMs ?? 0) + (memory?.allocatedBytes ?? 0)
  const spans = timeline === undefined ? '' : timelineText(timeline)
  if (spans === undefined) return undefined
  if (!Number.isFinite(sum + (fs === undefined ? 0 : fs.readBytes + fs.writtenBytes + fs.operations))) return undefined
  return {
    beforeIo:
      `,"cpu":{"ms":${numberText(cpu.ms)},"slices":${numberText(cpu.slices)},"clock":"${cpu.clock}"` +
      `${figure('fromMs', cpu.fromMs)}},"waits":${waitsText(waits)}${figure('beforeStartMs', beforeStartMs)}${truncated === true ? ',"truncated":true' : ''}` +
      `${figure('gcMs', gcMs)}${memory === undefined ? '' : `,"memory":{"allocatedBytes":${numberText(memory.allocatedBytes)}}`}`,
    fs:
      fs === undefined
        ? ''
        : `"fs":{"readBytes":${numberText(fs.readBytes)}${figure('writtenBytes', fs.writtenBytes)}${figure('operations', fs.operations)}}`,
    afterIo: `,"process":${processText(process)}`,
    timeline: spans,
  }
}

/** Has at most 65 spans (usage/timeline.ts), and the general path shortens lists of more than 200 values. */
function timelineText(spans: readonly RunSpan[]): string | undefined {
  let text = ''
  for (const [startMs, durationMs] of spans) {
    if (!Number.isFinite(startMs + durationMs)) return undefined
    text += `${text === '' ? '' : ','}[${numberText(startMs)},${numberText(durationMs)}]`
  }
  return `,"timeline":[${text}]`
}

function sumOf(cpu: UsageFigures['cpu'], waits: Waits): number {
  const { heldUpMs = 0, outgoingMs, queriesMs = 0, poolMs = 0, stepsMs = 0, otherMs = 0, unmeasuredMs } = waits
  return (
    cpu.ms + cpu.slices + cpu.fromMs + heldUpMs + outgoingMs + queriesMs + poolMs + stepsMs + otherMs + unmeasuredMs
  )
}

function sumOfProcess(figures: UsageFigures['process']): number {
  const { cpuMs = 0, heapDeltaBytes = 0, rssDeltaBytes = 0, readBytes = 0, writtenBytes = 0, inFlight } = figures
  return cpuMs + heapDeltaBytes + rssDeltaBytes + readBytes + writtenBytes + inFlight
}

function waitsText({ heldUpMs, outgoingMs, queriesMs, poolMs, stepsMs, otherMs, unmeasuredMs }: Waits): string {
  const queries = `${figure('queriesMs', queriesMs)}${figure('poolMs', poolMs)}`
  const others = `${figure('stepsMs', stepsMs)}${figure('otherMs', otherMs)}${figure('unmeasuredMs', unmeasuredMs)}`
  return `{${`${figure('heldUpMs', heldUpMs)}${figure('outgoingMs', outgoingMs)}${queries}${others}`.slice(1)}}`
}

function processText(figures: UsageFigures['process']): string {
  const { cpuMs, heapDeltaBytes, rssDeltaBytes, readBytes, writtenBytes, inFlight } = figures
  const memory = `${figure('heapDeltaBytes', heapDeltaBytes)}${figure('rssDeltaBytes', rssDeltaBytes)}`
  const disk = `${figure('readBytes', readBytes)}${figure('writtenBytes', writtenBytes)}`
  return `{${`${figure('cpuMs', cpuMs)}${memory}${disk}${figure('inFlight', inFlight)}`.slice(1)}}`
}

function figure(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${numberText(value)}`
}
