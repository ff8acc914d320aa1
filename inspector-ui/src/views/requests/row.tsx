import type { VNode } from 'preact'
import { serverNow, session } from '../../api/session.js'
import { type Part, partsOf } from '../../draw/kinds.js'
import { TimeBar } from '../../draw/time-bar.js'
import { duration, grouped } from '../../format/numbers.js'
import { cut, idEnd } from '../../format/texts.js'
import { moment, utc } from '../../format/times.js'
import { Text, Unknown, Value } from '../../parts/shown.js'
import type { ListedRequest, LiveRequest } from '../../protocol.js'
import { linkToStory } from '../../state/route.js'
import type { OpenRow } from './feed.js'
import { processParts } from './matches.js'
import { outcomeOf } from './status-words.js'

/** What all rows share. */
export interface RowLook {
  readonly hasAccount: boolean
  readonly hasProcess: boolean
  readonly maxMs: number
  readonly grid: readonly number[]
  readonly barWidth: number
}

interface RowProps {
  readonly look: RowLook
  /** Its place in the list, from 1. */
  readonly place: number
  readonly isSelected: boolean
}

/** One finished request or job. */
export function DoneRow({ item, look, place, isSelected }: RowProps & { readonly item: ListedRequest }): VNode {
  return (
    <tr data-id={item.id} aria-rowindex={place + 1} aria-selected={isSelected || undefined}>
      <Arrived at={item.startedAt} />
      <Ended item={item} />
      <Named item={item} />
      {look.hasAccount && <AccountCell of={item.account} />}
      <td class="time">
        <TimeBar parts={partsOf(item)} durationMs={item.durationMs} {...sizes(look)} />
      </td>
      <td class="num dur">
        <Value of={duration(item.durationMs)} />
      </td>
      <td class="num gone">
        <OwnCpu item={item} />
      </td>
      <Queries calls={item.queries?.calls ?? 0} equal={item.queries?.repeated?.[0]?.calls} />
      <Count of={item.io?.outgoing?.calls ?? 0} />
      <Lines of={'logs' in item ? (item.logs as LiveRequest['logs']) : undefined} />
      {look.hasProcess && <ProcessCell of={item} />}
      <Id of={item.id} />
    </tr>
  )
}

/** One open request or job, or one whose process is lost. */
export function OpenRequestRow({ row, look, place, isSelected }: RowProps & { readonly row: OpenRow }): VNode {
  const { request, ended } = row
  if (ended !== undefined) return <DoneRow item={ended} look={look} place={place} isSelected={isSelected} />
  const lost = lostProcess(request.instance)
  return (
    <tr class="flight" data-id={request.id} aria-rowindex={place + 1} aria-selected={isSelected || undefined}>
      <Arrived at={request.startedAt} />
      {lost === undefined ? (
        <td class="st dim">in flight</td>
      ) : (
        <td class="st s5" title={`Its process was last heard at ${lost}; whether it was answered is not known`}>
          ◆ lost
        </td>
      )}
      <Named item={request} />
      {look.hasAccount && <AccountCell of={request.account} />}
      <td class="time">
        <TimeBar
          parts={openParts(request)}
          durationMs={request.openMs}
          state={lost === undefined ? 'open' : 'lost'}
          {...sizes(look)}
        />
      </td>
      <td class="num dur">
        {lost !== undefined && '> '}
        <Value of={duration(request.openMs)} />
      </td>
      <td class="num gone">
        {request.cpuMs === undefined ? <Unknown why="not measured" /> : <Value of={duration(request.cpuMs)} />}
      </td>
      <Queries calls={request.queries?.calls ?? 0} equal={request.queries?.equal} />
      <Count of={request.outgoing?.calls ?? 0} />
      <Lines of={request.logs} />
      {look.hasProcess && <ProcessCell of={request} />}
      <Id of={request.id} />
    </tr>
  )
}

function sizes({ maxMs, grid, barWidth }: RowLook): { maxMs: number; grid: readonly number[]; width: number } {
  return { maxMs, grid, width: barWidth }
}

function lostProcess(instance: string | undefined): string | undefined {
  const process = session.value?.processes.find((one) => one.instance === instance)
  if (!process?.isLost) return undefined
  return process.lastHeardAt === undefined ? 'an unknown time' : moment(Date.parse(process.lastHeardAt), serverNow())
}

/** What is known of an open request's time. Calls and queries may overlap, so they are cut at what is left. */
export function openParts({ openMs, cpuMs, outgoing, queries }: LiveRequest): readonly Part[] {
  let left = openMs
  const part = (kind: Part['kind'], ms = 0): Part => {
    const taken = Math.max(0, Math.min(left, ms))
    left -= taken
    return { kind, ms: taken }
  }
  const parts = [
    part('cpu', cpuMs),
    part('pool', queries?.poolMs),
    part('query', queries?.ms),
    part('call', outgoing?.ms),
    part(cpuMs === undefined ? 'unknown' : 'wait', openMs),
  ]
  return parts.filter(({ ms }) => ms > 0)
}

function Arrived({ at }: { readonly at: string }): VNode {
  const ms = Date.parse(at)
  return (
    <td class="mid gone" title={utc(ms)}>
      {moment(ms, serverNow())}
    </td>
  )
}

function Ended({ item }: { readonly item: ListedRequest }): VNode {
  const { words, look, title } = outcomeOf(item)
  const name = look === 'failed' ? 'st s5' : look === 'quiet' ? 'st mid' : 'st s4'
  return (
    <td class={name} title={title}>
      {look === 'failed' && '◆ '}
      {words}
    </td>
  )
}

function Named({ item }: { readonly item: ListedRequest | LiveRequest }): VNode {
  const { kind, method = '', path, route, name } = item
  const text = (kind === 'job' ? name : (path ?? route)) ?? '–'
  return (
    <td class="path" title={cut(text, 2_000)}>
      <a href={linkToStory(item.id)}>
        <span class="method">{kind === 'job' ? 'job' : cut(method, 12)}</span>
        <bdi>{cut(text, 160)}</bdi>
      </a>
    </td>
  )
}

function AccountCell({ of }: { readonly of: string | undefined }): VNode {
  return <td class="acct">{of === undefined ? <span class="dim">anonymous</span> : <Text of={of} />}</td>
}

/** Own CPU as measured, as its route usually uses it, or not known. */
function OwnCpu({ item }: { readonly item: ListedRequest }): VNode {
  const { cpu, cpuEstimate } = item
  if (cpu !== undefined) return <Value of={duration(cpu.ms)} />
  if (cpuEstimate === undefined) return <Unknown why="not measured" />
  const { ms, windows } = cpuEstimate
  const why = `Not measured. Its route usually uses this much, by ${windows === 1 ? '1 window' : `${windows} windows`} of the last hour.`
  return (
    <span class="mid" title={why}>
      ≈ <Value of={duration(ms)} />
    </span>
  )
}

function Queries({ calls, equal }: { readonly calls: number; readonly equal: number | undefined }): VNode {
  return (
    <td class="num mid hide-m gone">
      {equal !== undefined && equal > 2 && (
        <span class="equal" title={`${equal} of its queries were equal`}>
          {grouped(equal)} equal
        </span>
      )}
      <Whole of={calls} />
    </td>
  )
}

function Count({ of }: { readonly of: number }): VNode {
  return (
    <td class="num mid hide-m gone">
      <Whole of={of} />
    </td>
  )
}

function Whole({ of }: { readonly of: number }): VNode {
  return <span class={of === 0 ? 'dim' : undefined}>{grouped(of)}</span>
}

function Lines({ of }: { readonly of: LiveRequest['logs'] }): VNode {
  if (of === undefined)
    return (
      <td class="num lg">
        <Unknown why="not known" />
      </td>
    )
  const { lines, warnings, errors } = of
  return (
    <td class="num lg">
      {errors > 0 && (
        <span class="e" title={errors === 1 ? '1 error' : `${errors} errors`}>
          ◆{errors}
        </span>
      )}
      {warnings > 0 && (
        <span class="w" title={warnings === 1 ? '1 warning' : `${warnings} warnings`}>
          ▲{warnings}
        </span>
      )}
      <span class={lines === 0 ? 'n dim' : 'n'}>{grouped(lines)}</span>
    </td>
  )
}

/** Request lines in files name the pid, not the host. */
function ProcessCell({ of: { instance, pid } }: { readonly of: Pick<LiveRequest, 'instance' | 'pid'> }): VNode {
  const { host } = processParts(instance ?? '')
  return (
    <td class="proc hide-m gone" title={host === '' ? undefined : cut(instance ?? '', 300)}>
      {host === '' ? 'pid' : cut(host, 40)} {pid === undefined || pid === 0 ? '–' : pid}
    </td>
  )
}

function Id({ of }: { readonly of: string }): VNode {
  return (
    <td class="id hide-m gone" title={cut(of, 300)}>
      …<b>{cut(idEnd(of), 8)}</b>
    </td>
  )
}
