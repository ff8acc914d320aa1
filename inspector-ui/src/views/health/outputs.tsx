import type { VNode } from 'preact'
import { serverNow, session } from '../../api/session.js'
import { grouped, plain, size } from '../../format/numbers.js'
import { utc } from '../../format/times.js'
import { Text, Unknown, Value } from '../../parts/shown.js'
import type { Health, LogFileHealth } from '../../protocol.js'
import { ago } from './ago.js'
import { Sign } from './health-answer.js'
import { type OutputRow, outputRows, sumOfFiles } from './output-rows.js'

interface Props {
  readonly outputs: Health['outputs']
  readonly files: readonly LogFileHealth[]
}

/** Where log lines go: which outputs fail or lost lines, and how large the files are. */
export function Outputs({ outputs, files }: Props): VNode {
  const rows = outputRows(outputs, files)
  const hasBackups = rows.some(({ output }) => output?.backups !== undefined)
  const isTable = session.value?.source === 'clickhouse'
  const title = files.length > 0 && !isTable ? 'Log files' : 'Log lines'
  const largest = files.reduce((most, { bytes }) => Math.max(most, bytes), 0)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens, also by keyboard
    <section tabIndex={0} aria-label={title}>
      <div class="head">
        <h2 class="h">{title}</h2>
        <span class="dim">
          {files.length > 0 && `${plain(size(sumOfFiles(files)))}${isTable ? '' : ' with their backups'}`}
        </span>
      </div>
      {rows.length === 0 ? (
        <p class="dim none">No output: log lines go nowhere.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Output</th>
              <th scope="col">State</th>
              <th scope="col">Size</th>
              <th scope="col" class="num">
                Oldest line
              </th>
              {hasBackups && (
                <th scope="col" class="num">
                  Backups
                </th>
              )}
              <th scope="col" class="num">
                Lines waiting
              </th>
              <th scope="col" class="num">
                Lost
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.name} row={row} largest={largest} hasBackups={hasBackups} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function Row({ row, largest, hasBackups }: { row: OutputRow; largest: number; hasBackups: boolean }): VNode {
  const { name, output, file } = row
  const oldest = Date.parse(file?.oldest ?? output?.oldest ?? '')
  return (
    <tr>
      <td>
        <Text of={name} max={40} class="mono" />
      </td>
      <td>
        <State output={output} />
      </td>
      <td>{file === undefined ? <NoFile name={name} /> : <FileSize bytes={file.bytes} largest={largest} />}</td>
      <td class="num" title={utc(oldest)}>
        {Number.isFinite(oldest) ? <Value of={ago(oldest, serverNow())} /> : <NoFile name={name} />}
      </td>
      {hasBackups && (
        <td class="num" title={output?.deleted === undefined ? undefined : `${output.deleted} deleted by their age`}>
          {output?.backups ?? <Unknown why="not counted without rotation.keepForMs" />}
        </td>
      )}
      <td class="num">
        <Count of={output?.keptLines} />
      </td>
      <td class="num">
        {(output?.lostLines ?? 0) > 0 ? (
          <span class="error-ink">
            <Sign of="failure" /> {grouped(output?.lostLines ?? 0)}
          </span>
        ) : (
          <Count of={output?.lostLines} />
        )}
      </td>
    </tr>
  )
}

function State({ output }: { readonly output: OutputRow['output'] }): VNode {
  if (output === undefined) return <span class="dim">read only</span>
  if (output.error !== undefined)
    return (
      <span class="error-ink strong">
        <Sign of="failure" /> <Text of={output.error} max={50} />
      </span>
    )
  if (output.overLimit !== undefined)
    return (
      <span title="Several processes wrote, or the file could not be rotated">
        writing, <span class="warn-ink">{grouped(output.overLimit)} × over its limit</span>
      </span>
    )
  return <span>writing</span>
}

function NoFile({ name }: { readonly name: string }): VNode {
  return <Unknown why={name === 'console' ? 'the console is no file' : 'no file of this name was found'} />
}

function Count({ of }: { readonly of: number | undefined }): VNode {
  if (of === undefined) return <Unknown why="this process does not write it" />
  return of === 0 ? <span class="dim">0</span> : <span class="strong">{grouped(of)}</span>
}

const barWidth = 100

function FileSize({ bytes, largest }: { bytes: number; largest: number }): VNode {
  const width = largest > 0 ? Math.max(1.5, (bytes / largest) * barWidth) : 0
  return (
    <span class="file-size">
      <svg width={barWidth} height={8} viewBox={`0 0 ${barWidth} 8`} aria-hidden="true">
        <rect class="f-ink2" x={0} y={1} width={width} height={6} />
      </svg>
      <Value of={size(bytes)} />
    </span>
  )
}
