import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { cut, idEnd } from '../../format/texts.js'
import { ChipMenu, type Choice } from '../../parts/menu.js'
import { Segments } from '../../parts/segments.js'
import { Text } from '../../parts/shown.js'
import { setQuery } from '../../state/route.js'
import { type LineFilters, loggerParameter, toggled } from './filters.js'
import { rateText } from './rates.js'
import type { Seen } from './seen.js'

interface Props {
  readonly filters: LineFilters
  readonly seen: Seen
  /** Lines a second by logger; a logger that the filters leave out has none. */
  readonly rates: ReadonlyMap<string, number>
  readonly hasAccount: boolean
}

const wordsAfterMs = 300
const maxChips = 12

/** What is shown: loggers, level, account, request, words, fields. Each choice goes into the URL. */
export function FilterBar({ filters, seen, rates, hasAccount }: Props): VNode {
  const loggers = [...new Set([...filters.loggers, ...seen.loggers])].sort()
  return (
    <search class="filters" aria-label="Filters">
      {loggers.slice(0, maxChips).map((name) => (
        <LoggerChip key={name} name={name} filters={filters} rate={rates.get(name)} />
      ))}
      {loggers.length > maxChips && <MoreLoggers names={loggers.slice(maxChips)} filters={filters} />}
      <Segments
        name="Level"
        value={filters.level ?? ''}
        choices={levelChoices(seen.hasFine, filters.level)}
        onChoose={(level) => setQuery({ level, at: undefined })}
      />
      {hasAccount && (
        <ChipMenu
          name="account"
          value={filters.account}
          choices={choicesOf([...seen.accounts].sort(), filters.account)}
          typed="Another account"
          onChoose={(account) => setQuery({ account, at: undefined })}
        />
      )}
      <ChipMenu
        name="request"
        value={filters.request === undefined ? undefined : `…${cut(idEnd(filters.request), 8)}`}
        choices={requestChoices(seen.requests, filters.request)}
        typed="Another id"
        onChoose={(request) => setQuery({ request, at: undefined })}
      />
      <Words value={filters.words} />
      {filters.process !== undefined && (
        <FieldChip
          name="process"
          value={filters.process}
          parameter="process"
          title="Lines that name their process: those of requests and jobs"
        />
      )}
      {filters.fields.map(([name, value]) => (
        <FieldChip key={name} name={name} value={value} parameter={`field.${name}`} />
      ))}
    </search>
  )
}

function LoggerChip({ name, filters, rate }: { name: string; filters: LineFilters; rate: number | undefined }): VNode {
  const isOn = filters.loggers.includes(name)
  return (
    <button type="button" class="chip" aria-pressed={isOn} onClick={() => choose(filters, name)}>
      <Text of={name} max={40} />
      {rate !== undefined && <span class="n">{rateText(rate)}/s</span>}
    </button>
  )
}

function choose(filters: LineFilters, name: string): void {
  setQuery({ logger: loggerParameter(toggled(filters.loggers, name)), at: undefined })
}

function MoreLoggers({ names, filters }: { names: readonly string[]; filters: LineFilters }): VNode {
  return (
    <ChipMenu
      name="loggers"
      value={undefined}
      choices={names.map((name) => ({ value: name, label: cut(name, 60) }))}
      onChoose={(name) => name !== undefined && choose(filters, name)}
    />
  )
}

/** The levels to choose from. `info` means every line, unless lines below info exist. */
function levelChoices(hasFine: boolean, level: string | undefined): { value: string; label: string }[] {
  const choices = [
    { value: 'warn', label: '▲ warn' },
    { value: 'error', label: '◆ error' },
  ]
  const isFine = hasFine || level === 'info' || level === 'debug' || level === 'trace'
  const first = isFine
    ? [
        { value: '', label: 'all' },
        { value: 'info', label: 'info' },
      ]
    : [{ value: '', label: 'info' }]
  const known = [...first, ...choices]
  // A level of the URL that has no button of its own.
  return level === undefined || known.some(({ value }) => value === level)
    ? known
    : [...known, { value: level, label: level }]
}

function choicesOf(names: readonly string[], chosen: string | undefined): Choice[] {
  const all = chosen === undefined || names.includes(chosen) ? names : [chosen, ...names]
  return [{ value: undefined, label: 'any' }, ...all.map((name) => ({ value: name, label: cut(name, 60) }))]
}

function requestChoices(ids: readonly string[], chosen: string | undefined): Choice[] {
  const all = chosen === undefined || ids.includes(chosen) ? ids : [chosen, ...ids]
  return [
    { value: undefined, label: 'any' },
    ...all.map((id) => ({ value: id, label: `…${cut(idEnd(id), 8)}`, ...(id === chosen ? { note: 'chosen' } : {}) })),
  ]
}

interface FieldProps {
  readonly name: string
  readonly value: string
  /** The parameter of the URL. */
  readonly parameter: string
  readonly title?: string
}

function FieldChip({ name, value, parameter, title }: FieldProps): VNode {
  return (
    <button
      type="button"
      class="chip"
      aria-pressed="true"
      aria-label={`${cut(name, 60)} ${cut(value, 60)}, remove`}
      title={title}
      onClick={() => setQuery({ [parameter]: undefined, at: undefined })}
    >
      <Text of={name} /> <b>{cut(value, 60)}</b>
      <span class="x">×</span>
    </button>
  )
}

/** Words in messages. They are searched once the reader stops typing. */
function Words({ value }: { readonly value: string | undefined }): VNode {
  const [text, setText] = useState(value ?? '')
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (document.activeElement !== input.current) setText(value ?? '')
  }, [value])
  useEffect(() => {
    if (text === (value ?? '')) return
    const timer = setTimeout(() => setQuery({ q: text, at: undefined }), wordsAfterMs)
    return () => clearTimeout(timer)
  }, [text])
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    if (text === '') input.current?.blur()
    else setText('')
  }
  return (
    <label class="words">
      <span class="sr">Words in messages</span>
      <input
        ref={input}
        type="text"
        maxLength={200}
        placeholder="words"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {text === '' && <kbd>f</kbd>}
    </label>
  )
}
