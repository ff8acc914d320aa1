import type { ComponentChildren, VNode } from 'preact'
import { session } from '../../api/session.js'
import { count, duration, grouped, size } from '../../format/numbers.js'
import { Unknown, Value } from '../../parts/shown.js'
import type { RequestDetail } from '../../protocol.js'
import type { TimedLine } from './layout/story-input.js'

interface Props {
  readonly record: RequestDetail
  readonly lines: readonly TimedLine[] | undefined
}

const notMeasured = 'This request was not measured'

/** The strip of figures below the sentence. */
export function Facts({ record, lines }: Props): VNode {
  return (
    <dl class="facts">
      <Fact name="Own CPU">
        <Cpu record={record} />
      </Fact>
      <Fact name="Queries">
        <Queries record={record} />
      </Fact>
      <Fact name="Outgoing">
        <Outgoing record={record} />
      </Fact>
      <Fact name="Memory">
        <Memory record={record} />
      </Fact>
      {record.kind === 'request' && (
        <Fact name="Client">
          <Bytes of={record.io.client} read="in" written="out" why="Its bytes are not known" />
        </Fact>
      )}
      {record.io.fs !== undefined && (
        <Fact name="Files">
          <Bytes of={record.io.fs} read="read" written="written" why={notMeasured} />
        </Fact>
      )}
      <Fact name="Log lines">
        <Lines record={record} lines={lines} />
      </Fact>
      {session.value?.read !== 'account' && (
        <Fact name="Whole process meanwhile">
          <Process record={record} />
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Cpu({ record: { cpu, cpuEstimate, late, gcMs } }: { readonly record: RequestDetail }): VNode {
  if (cpu === undefined)
    return (
      <>
        <Unknown why={notMeasured} />
        {cpuEstimate !== undefined && (
          <small title={`From ${cpuEstimate.windows} windows of its route in the last hour`}>
            ≈ <Value of={duration(cpuEstimate.ms)} /> is usual on this route
          </small>
        )}
      </>
    )
  return (
    <>
      <Value of={duration(cpu.ms)} />
      <small>
        {grouped(cpu.slices)} {cpu.slices === 1 ? 'slice' : 'slices'}
        {late !== undefined && late.cpuMs > 0 && (
          <span class="hide-s" title="Used after its end">
            , <Value of={duration(late.cpuMs)} /> late
          </span>
        )}
        {gcMs !== undefined && gcMs > 0 && (
          <span class="hide-s" title="Pauses of the garbage collector; a part of it">
            , <Value of={duration(gcMs)} /> garbage
          </span>
        )}
      </small>
    </>
  )
}

function Queries({ record: { queries } }: { readonly record: RequestDetail }): VNode {
  if (queries === undefined)
    return <span title="It sent none to the databases and caches that Spoor follows">none</span>
  const [most] = queries.repeated ?? []
  return (
    <>
      {grouped(queries.calls)} in <Value of={duration(queries.ms)} />
      <small>
        <span class="hide-s">
          slowest <Value of={duration(queries.slowestMs)} />
        </span>
        {queries.errors !== undefined && <span class="error-ink"> ◆ {grouped(queries.errors)} failed</span>}
        {most !== undefined && (
          <span>
            <span class="hide-s">, </span>
            <span class="query-ink">{grouped(most.calls)} equal</span>
          </span>
        )}
      </small>
    </>
  )
}

function Outgoing({ record: { io } }: { readonly record: RequestDetail }): VNode {
  const { outgoing } = io
  if (outgoing === undefined || outgoing.calls === 0) return <span>none</span>
  return (
    <>
      {grouped(outgoing.calls)} {outgoing.calls === 1 ? 'call' : 'calls'}
      {(outgoing.writtenBytes !== undefined || outgoing.readBytes !== undefined) && (
        <small>
          <Value of={size(outgoing.writtenBytes)} /> out, <Value of={size(outgoing.readBytes)} /> in
        </small>
      )}
    </>
  )
}

function Memory({ record: { memory, measured } }: { readonly record: RequestDetail }): VNode {
  if (memory === undefined) return <Unknown why={measured ? 'Memory is not measured (tracking.memory)' : notMeasured} />
  return (
    <>
      <Value of={size(memory.allocatedBytes)} /> allocated
    </>
  )
}

interface BytesProps {
  readonly of: { readonly readBytes: number; readonly writtenBytes: number } | undefined
  readonly read: string
  readonly written: string
  readonly why: string
}

function Bytes({ of, read, written, why }: BytesProps): VNode {
  if (of === undefined) return <Unknown why={why} />
  return (
    <>
      <Value of={size(of.readBytes)} /> {read}, <Value of={size(of.writtenBytes)} /> {written}
    </>
  )
}

function Lines({ record: { logs }, lines }: Props): VNode {
  if (logs === undefined && lines === undefined) return <Unknown why="Its lines are not counted" />
  const all = lines?.length ?? logs?.lines ?? 0
  const warnings = logs?.warnings ?? lines?.filter(({ kind }) => kind === 'warn').length ?? 0
  const errors = logs?.errors ?? lines?.filter(({ kind }) => kind === 'fail').length ?? 0
  return (
    <>
      <Value of={count(all)} />
      {errors > 0 && (
        <small class="error-ink">
          ◆ {errors} {errors === 1 ? 'error' : 'errors'}
        </small>
      )}
      {warnings > 0 && (
        <small class="warn-ink">
          ▲ {warnings} {warnings === 1 ? 'warning' : 'warnings'}
        </small>
      )}
    </>
  )
}

function Process({ record }: { readonly record: RequestDetail }): VNode {
  const { process } = record
  if (process === undefined)
    return <Unknown why={record.source === 'log' ? 'The request line does not have it' : notMeasured} />
  return (
    <span class="mid">
      {process.cpuMs === undefined ? (
        <Unknown why="It ended before the next reading" />
      ) : (
        <>
          <Value of={duration(process.cpuMs)} /> CPU
        </>
      )}
      {process.inFlight !== undefined && (
        <small title="Measured requests and jobs at its end, itself included">{process.inFlight} in flight</small>
      )}
    </span>
  )
}
