import type { VNode } from 'preact'
import { layers } from '../../draw/layers.js'
import { useWidth } from '../../parts/use-width.js'

const height = 46
const barTop = 10
const barHeight = 26

const example = [
  ['cpu', 4],
  ['pool', 6],
  ['query', 18],
  ['cpu', 2],
  ['held', 25],
  ['cpu', 2],
  ['call', 33],
  ['cpu', 2],
  ['wait', 8],
] as const

const meanings = [
  ['cpu', 'own CPU', 'its own code ran; it stands taller than the rest'],
  ['query', 'queries', 'the database or the cache worked for it; pale: it waited for a connection'],
  ['held', 'held up', 'it was ready, and another request ran; the story names it'],
  ['call', 'outgoing calls', 'another service worked for it; pale until the first byte'],
  ['wait', 'other waits', 'timers, files, the client'],
  ['unk', 'not measured', 'one of the first, third or fifth: it did not ask'],
] as const

/** An example of a request's bar, with what each part means. */
export function HowARequestReads(): VNode {
  const { ref, width } = useWidth<SVGSVGElement>()
  return (
    <section>
      <div class="head">
        <h2 class="h">How a request reads</h2>
        <span class="tag">example</span>
      </div>
      <svg ref={ref} class="how" height={height} aria-hidden="true">
        {width > 0 && <Parts width={width} />}
      </svg>
      <dl class="kinds">
        {meanings.map(([kind, name, text]) => (
          <div key={kind}>
            <dt>
              <i class={`sw ${kind}`} />
              {name}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Parts({ width }: { readonly width: number }): VNode {
  const sum = example.reduce((all, [, part]) => all + part, 0)
  let at = 0
  return (
    <>
      {example.map(([kind, part]) => {
        const x = (at / sum) * width
        at += part
        return shapeOf(kind, x, (part / sum) * width - (kind === 'wait' ? 0 : 1))
      })}
    </>
  )
}

function shapeOf(kind: (typeof example)[number][0], x: number, width: number): VNode {
  switch (kind) {
    case 'cpu':
      return <rect class="f-cpu" x={x} y={barTop - 4} width={width} height={barHeight + 8} />
    case 'held':
      return <rect fill="url(#held)" x={x} y={barTop} width={width} height={barHeight} />
    case 'wait':
      return <rect class="f-wait" x={x} y={barTop + barHeight / 2 - 3} width={width} height={6} />
    case 'call':
      return (
        <>
          <rect class="f-pale" x={x} y={barTop} width={width} height={barHeight} />
          <rect class="f-call" x={x + width - 12} y={barTop} width={12} height={barHeight} />
        </>
      )
    default:
      return <path class={kind === 'pool' ? 'f-qpale' : 'f-query'} d={layers(x, barTop, width, barHeight)} />
  }
}
