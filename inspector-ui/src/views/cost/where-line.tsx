import type { VNode } from 'preact'
import { grouped, plain } from '../../format/numbers.js'
import type { UsageItem } from '../../protocol.js'
import { BooksBar } from './accounting-line.js'
import { roundedParts, unitFor, withDecimals } from './amounts.js'

/** Where the time of queries went: in queries, or waiting for a connection. */
export function WhereLine({ items }: { readonly items: readonly UsageItem[] }): VNode | null {
  const sum = (value: (item: UsageItem) => number): number => items.reduce((all, item) => all + value(item), 0)
  const queryMs = sum((item) => item.queryMs)
  const poolMs = sum((item) => item.poolMs)
  const queries = sum((item) => item.queries)
  const done = sum((item) => item.requests + item.jobs)
  if (queries === 0 && poolMs === 0) return null
  const unit = unitFor(queryMs + poolMs)
  const scale = 10 ** unit.decimals
  const steps = roundedParts([queryMs, poolMs], unit.ms / scale)
  const term = (count: number): VNode => (
    <>
      {withDecimals(count / scale, unit.decimals)}
      <span class="u">{unit.name}</span>
    </>
  )
  return (
    <section class="books" aria-label="Where the time of queries went">
      <div class="eq">
        <b class="h">Where</b>
        <span class="term">
          <span>
            {term(steps[0] ?? 0)}{' '}
            <small>
              <i class="sw query" aria-hidden="true" />
              in queries
            </small>
          </span>
        </span>
        <span class="term">
          <span class="op">+</span>
          <span>
            {term(steps[1] ?? 0)}{' '}
            <small>
              <i class="sw query pale" aria-hidden="true" />
              waiting for a connection
            </small>
          </span>
        </span>
        <span class="term">
          <span class="op">=</span>
          <span>{term((steps[0] ?? 0) + (steps[1] ?? 0))}</span>
        </span>
      </div>
      <BooksBar
        values={[
          { fill: 'f-query', value: queryMs },
          { fill: 'f-qpale', value: poolMs },
        ]}
      />
      <div class="ok">
        <b>{grouped(queries)} queries</b>
        {done > 0 && `, ${perRequest(queries / done)} a request`}
      </div>
    </section>
  )
}

function perRequest(value: number): string {
  return value < 10 ? value.toFixed(1) : plain({ digits: grouped(value), unit: '' })
}
