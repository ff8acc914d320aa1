import type { VNode } from 'preact'
import { cut, valueText, visible } from '../../format/texts.js'
import { CopyButton } from '../../parts/copy-button.js'
import type { RequestDetail } from '../../protocol.js'
import { copyableError, type ShownError, shownErrors } from './shown-error.js'

/** Why a request failed: type, message, code and causes; stacks are folded. Readers without internals see the code alone. */
export function ErrorPanel({ record }: { readonly record: RequestDetail }): VNode | null {
  const { error } = record
  if (error === undefined) return null
  const chain = shownErrors(error)
  const [first] = chain
  if (first === undefined) return null
  if (first.isWithheld) return <Withheld code={first.code} requestId={record.requestId} />
  return (
    <section class="failed" aria-label="Why it failed">
      {chain.map((one, at) => (
        <OneError key={at} of={one} isCause={at > 0} />
      ))}
      <CopyButton
        class="copy"
        text={() => copyableError(error)}
        said="Copied the error"
        title="Type, message, code, stack and causes"
      >
        the error
      </CopyButton>
    </section>
  )
}

function OneError({ of: { type, message, code, stack, more }, isCause }: { of: ShownError; isCause: boolean }): VNode {
  return (
    <div class="one">
      <p>
        {isCause ? <span class="dim">caused by </span> : <span class="error-ink">◆ </span>}
        <b>
          <bdi>{cut(type, 80)}</bdi>
        </b>
        {code !== undefined && <code class="c"> {cut(code, 80)}</code>} <bdi class="words">{cut(message, 1_000)}</bdi>
      </p>
      {more.length > 0 && (
        <p class="own">
          {more.map(([name, value]) => (
            <span key={name} class="f" title={cut(`${name}=${valueText(value)}`, 2_000)}>
              <bdi>{cut(name, 60)}</bdi>=<b>{cut(valueText(value), 120)}</b>
            </span>
          ))}
        </p>
      )}
      {stack !== undefined && (
        <details>
          <summary>Stack, {stack.length === 1 ? '1 line' : `${stack.length} lines`}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus */}
          <pre tabIndex={0}>{stack.map((line) => visible(line)).join('\n')}</pre>
        </details>
      )}
    </div>
  )
}

function Withheld({ code, requestId }: { readonly code: string | undefined; readonly requestId: string }): VNode {
  return (
    <section class="failed" aria-label="Why it failed">
      <p>
        <span class="error-ink">◆ </span>
        It failed{code !== undefined && <code class="c"> {cut(code, 80)}</code>}. What went wrong is shown to the people
        who run the service. Give them the id <span class="mono">{cut(requestId, 80)}</span>.
      </p>
    </section>
  )
}
