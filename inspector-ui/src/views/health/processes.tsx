import type { VNode } from 'preact'
import { serverNow, session } from '../../api/session.js'
import { duration, percent, size } from '../../format/numbers.js'
import { counted } from '../../format/texts.js'
import { moment, seconds, utc } from '../../format/times.js'
import { Text, Unknown, Value } from '../../parts/shown.js'
import type { CpuAccounting, Health, ProcessSeen } from '../../protocol.js'
import { finePercent } from '../cost/amounts.js'
import { Sign } from './health-answer.js'
import { processName } from './names.js'

interface Props {
  readonly health: Health
  readonly accounting: CpuAccounting | undefined
}

/** The processes of the service. Each knows its own state; of the others only the signs of life are known. */
export function Processes({ health, accounting }: Props): VNode {
  const processes = session.value?.processes ?? []
  const hosts = new Set(processes.map(({ host }) => host)).size
  const lost = processes.filter(({ isLost }) => isLost).length
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens, also by keyboard
    <section class="procs" tabIndex={0} aria-label="Processes">
      <div class="head">
        <h2 class="h">Processes</h2>
        <span class="dim">
          {processes.length} on {counted(hosts, 'machine')}
          {lost > 0 && `, ${lost} lost`}
        </span>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">State</th>
            <th scope="col">Up since</th>
            <th scope="col">Node</th>
            <th scope="col">Spoor</th>
            <th scope="col" class="num">
              Main thread
            </th>
            <th scope="col" class="num">
              Event loop late, 99 %
            </th>
            <th scope="col" class="num">
              Memory
            </th>
            <th scope="col" class="num">
              In flight
            </th>
            <th scope="col" class="num">
              Unexplained
            </th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) =>
            process.isThis || processes.length === 1 ? (
              <OwnRow key={process.instance} {...{ process, health, accounting }} isOnly={processes.length === 1} />
            ) : (
              <OtherRow key={process.instance} process={process} />
            ),
          )}
        </tbody>
      </table>
    </section>
  )
}

function OwnRow(props: Props & { readonly process: ProcessSeen; readonly isOnly: boolean }): VNode {
  const { process, health, accounting, isOnly } = props
  const now = health.vitals?.samples.at(-1)
  const started = Date.parse(health.startedAt)
  const none = 'no samples yet'
  return (
    <tr>
      <td>
        <b>
          <Text of={processName(process)} max={40} />
        </b>
        {!isOnly && <span class="tag">this one</span>}
      </td>
      <td>running</td>
      <td class="mid" title={utc(started)}>
        {Number.isFinite(started) ? moment(started, serverNow()).replace(/\.\d+$/, '') : '–'}
      </td>
      <td class="mid">{health.node.replace(/^v/, '')}</td>
      <td class="mid">{health.spoor}</td>
      <td class="num">{now === undefined ? <Unknown why={none} /> : <Value of={percent(now.loopBusy)} />}</td>
      <td class="num">{now === undefined ? <Unknown why={none} /> : <Value of={duration(now.loopLateMs)} />}</td>
      <td class="num">{now === undefined ? <Unknown why={none} /> : <Value of={size(now.rssBytes)} />}</td>
      <td class="num">{now === undefined ? <Unknown why={none} /> : now.inFlight}</td>
      <td class="num">
        <Unexplained of={accounting} />
      </td>
    </tr>
  )
}

function Unexplained({ of }: { readonly of: CpuAccounting | undefined }): VNode {
  if (of?.threadCpuMs === undefined || of.unexplainedMs === undefined || !(of.threadCpuMs > 0))
    return <Unknown why="no CPU was measured in the last hour" />
  const share = Math.abs(of.unexplainedMs) / of.threadCpuMs
  if (share <= of.maxUnexplained) return <Value of={finePercent(share)} />
  return (
    <span class="warn-ink">
      <Sign of="warning" /> <Value of={finePercent(share)} />
    </span>
  )
}

function OtherRow({ process }: { readonly process: ProcessSeen }): VNode {
  const heard = Date.parse(process.lastHeardAt ?? '')
  const why = 'each process knows its own state: ask its own address'
  return (
    <tr class={process.isLost ? 'gone' : undefined}>
      <td>
        <Text of={processName(process)} max={40} />
      </td>
      <td>
        {process.isLost ? (
          <span class="error-ink strong">
            <Sign of="failure" /> lost{Number.isFinite(heard) && `, last heard ${seconds(heard)}`}
          </span>
        ) : (
          <>running{Number.isFinite(heard) && <span class="dim">, last heard {seconds(heard)}</span>}</>
        )}
      </td>
      {Array.from({ length: 3 }, (_, at) => (
        <td key={at}>
          <Unknown why={why} />
        </td>
      ))}
      {Array.from({ length: 5 }, (_, at) => (
        <td key={at} class="num">
          <Unknown why={why} />
        </td>
      ))}
    </tr>
  )
}
