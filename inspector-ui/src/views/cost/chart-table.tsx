import type { VNode } from 'preact'
import { cut } from '../../format/texts.js'
import { minutes } from '../../format/times.js'
import type { ChartData } from './chart-data.js'
import type { Measure } from './measures.js'
import { accountName } from './names.js'

/** The chart for screen readers: each band's last, mean and highest value. */
export function ChartTable({ data, measure }: { readonly data: ChartData; readonly measure: Measure }): VNode {
  return (
    <div class="sr">
      <table>
        <caption>
          {measure.title}, {measure.height}, from {minutes(data.times[0] ?? 0)} to {minutes(data.times.at(-1) ?? 0)}
        </caption>
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col">Now</th>
            <th scope="col">Mean</th>
            <th scope="col">Highest</th>
          </tr>
        </thead>
        <tbody>
          {data.bands.toReversed().map(({ key, account, accounts, values }) => (
            <tr key={key}>
              <th scope="row">
                {account === undefined ? `${accounts || 'all'} others` : cut(accountName(account), 60)}
              </th>
              <td>{measure.shown(values.at(-1) ?? 0)}</td>
              <td>{measure.shown(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length))}</td>
              <td>{measure.shown(values.reduce((most, value) => Math.max(most, value), 0))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
