import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { readJson } from '../../api/client.js'
import { useResource } from '../../api/resource.js'
import { session } from '../../api/session.js'
import { cut } from '../../format/texts.js'
import { ChipMenu } from '../../parts/menu.js'
import { Segments } from '../../parts/segments.js'
import type { UsageAnswer } from '../../protocol.js'
import { useKeys } from '../../state/keys.js'
import { setQuery } from '../../state/route.js'
import { say } from '../../state/status.js'
import { any, fieldChoices, processChoices, valueChoices } from './choices.js'
import type { RequestFeed } from './feed.js'
import { dominantNames, durationOf, durationWords, fieldOf, type RequestFilter, statusOf } from './filter.js'
import type { Row } from './rows.js'

const kinds = [
  { value: 'request', label: 'Requests' },
  { value: 'job', label: 'Jobs' },
  { value: 'both', label: 'Both' },
] as const

interface Props {
  readonly filter: RequestFilter
  readonly feed: RequestFeed
  /** What stands at the end of the line. */
  readonly children: ComponentChildren
}

/** The filters. The URL has them, so that people can send them to others. */
export function Filters({ filter, feed, children }: Props): VNode {
  const [isTouched, touch] = useState(false)
  const accounts = useUsed('accounts', isTouched && session.value?.read === 'all')
  const routes = useUsed('routes', isTouched)
  useFilterKeys()
  const rows = feed.rows.peek() ?? []
  return (
    <div
      class="filters requests-filters"
      role="toolbar"
      aria-label="Filters"
      onFocusCapture={() => touch(true)}
      onPointerEnter={() => touch(true)}
    >
      <Segments
        name="Kind"
        value={filter.kind ?? 'both'}
        choices={kinds}
        onChoose={(kind) => setQuery({ kind: kind === 'request' ? undefined : kind })}
      />
      {session.value?.read === 'all' && (
        <ChipMenu
          name="account"
          value={filter.account}
          typed="another account"
          choices={valueChoices(accounts, rows, ({ account }) => account)}
          onChoose={(account) => setQuery({ account })}
        />
      )}
      <ChipMenu
        name="route"
        value={filter.route}
        typed="another route"
        choices={valueChoices(routes, rows, ({ route }) => route)}
        onChoose={(route) => setQuery({ route })}
      />
      <FixedChoices filter={filter} />
      <Processes filter={filter} />
      <Fields filter={filter} rows={rows} />
      <Rare filter={filter} />
      <span class="grow" />
      {children}
    </div>
  )
}

function useFilterKeys(): void {
  const find = (selector: string): HTMLElement | null => document.querySelector(`.filters ${selector}`)
  useKeys([
    { keys: 'f', does: 'filter', run: () => find('.chip')?.focus() },
    { keys: 'p', does: 'choose a process', run: () => find('[data-menu="process"]')?.click() },
  ])
}

/** The accounts or routes of the last hour, with their requests. Read when the reader first comes near the filters. */
function useUsed(of: 'accounts' | 'routes', isWanted: boolean): ReadonlyMap<string, number> {
  const { data } = useResource(`${of} ${isWanted}`, async (signal) => {
    const used = new Map<string, number>()
    if (!isWanted) return used
    const { items } = await readJson<UsageAnswer>(`api/${of}`, { span: '1h', by: 'requests' }, signal)
    for (const { account, route, requests, jobs } of items) {
      const name = of === 'accounts' ? account : route
      if (name !== undefined && !name.startsWith('(')) used.set(name, (used.get(name) ?? 0) + requests + jobs)
    }
    return used
  })
  return data ?? noneUsed
}

const noneUsed: ReadonlyMap<string, number> = new Map()

const statuses = ['2xx', '3xx', '4xx', '5xx'].map((value) => ({ value, label: value }))
const durations = ['10 ms', '100 ms', '250 ms', '500 ms', '1 s', '5 s'].map((value) => ({ value, label: value }))
const dominants = Object.values(dominantNames).map((label) => ({ value: label, label }))
const yesOrNo = ['yes', 'no'].map((value) => ({ value, label: value }))

function FixedChoices({ filter }: { readonly filter: RequestFilter }): VNode {
  const { status, minMs, dominant, measured } = filter
  return (
    <>
      <ChipMenu
        name="status"
        value={status}
        typed="404 or 5xx"
        choices={[any, ...statuses]}
        onChoose={(text) => setChecked('status', text, statusOf(text ?? null), 'A status is such as 404 or 5xx')}
      />
      <ChipMenu
        name="longer than"
        value={durationWords(minMs)}
        typed="250 ms"
        choices={[any, ...durations]}
        onChoose={(text) => setChecked('over', text, durationOf(text ?? null), 'A duration is such as 250 ms or 2 s')}
      />
      <ChipMenu
        name="mostly"
        value={dominant && dominantNames[dominant]}
        choices={[any, ...dominants]}
        onChoose={(label) =>
          setQuery({ dominant: Object.entries(dominantNames).find(([, name]) => name === label)?.[0] })
        }
      />
      <ChipMenu
        name="measured"
        value={measured === undefined ? undefined : measured ? 'yes' : 'no'}
        choices={[any, ...yesOrNo]}
        onChoose={(text) => setQuery({ measured: text && String(text === 'yes') })}
      />
    </>
  )
}

/** Sets a parameter that the reader typed, or says what it should be. */
function setChecked(
  name: string,
  text: string | undefined,
  value: string | number | undefined,
  expected: string,
): void {
  if (text !== undefined && value === undefined) say(expected)
  else setQuery({ [name]: value === undefined ? undefined : String(value) })
}

/** The process, once there are two of them. */
function Processes({ filter }: { readonly filter: RequestFilter }): VNode | null {
  const { processes = [] } = session.value ?? {}
  if (processes.length < 2 && filter.process === undefined) return null
  return (
    <ChipMenu
      name="process"
      value={filter.process}
      choices={processChoices(processes)}
      onChoose={(process) => setQuery({ process })}
    />
  )
}

/** A chip for each field that is set, and one to add another. */
function Fields({ filter, rows }: { readonly filter: RequestFilter; readonly rows: readonly Row[] }): VNode {
  const add = (text: string | undefined): void => {
    const field = text === undefined ? undefined : fieldOf(text)
    if (field === undefined) say('A field is such as plan=pro')
    else setQuery({ [`field.${field[0]}`]: field[1] })
  }
  return (
    <>
      {filter.fields.map(([name, value]) => (
        <Dropped
          key={name}
          words={
            <>
              {cut(name, 40)}=<b>{cut(value, 40)}</b>
            </>
          }
          onDrop={() => setQuery({ [`field.${name}`]: undefined })}
        />
      ))}
      <ChipMenu name="field" value={undefined} typed="plan=pro" choices={fieldChoices(rows)} onChoose={add} />
    </>
  )
}

/** Filters that only links set: they have no menu, but they are said, and can be dropped. */
function Rare({ filter: { user, errorCode, parentId } }: { readonly filter: RequestFilter }): VNode {
  const all = [
    ['user', 'user', user],
    ['error', 'errorCode', errorCode],
    ['queued by', 'parentId', parentId],
  ] as const
  return (
    <>
      {all.map(
        ([words, name, value]) =>
          value !== undefined && (
            <Dropped
              key={name}
              words={
                <>
                  {words} <b>{cut(value, 40)}</b>
                </>
              }
              onDrop={() => setQuery({ [name]: undefined })}
            />
          ),
      )}
    </>
  )
}

function Dropped({ words, onDrop }: { readonly words: VNode; readonly onDrop: () => void }): VNode {
  return (
    <button type="button" class="chip" aria-pressed="true" onClick={onDrop}>
      <span>{words}</span>
      <span class="x" aria-hidden="true">
        ×
      </span>
    </button>
  )
}
