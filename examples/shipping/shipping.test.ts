// The configurations of programs that ship log files, over files of a running service. None of these programs is in Debian or npm, so
// they are not run here: their files are parsed, every name is looked up, and their rules are applied to real lines. Vector's rules run
// in Vector's own language, which npm has.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check, execute } from '@bpinternal/verel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Block, parseAlloy, type Value } from './testing/alloy-syntax.js'
import { type Operator, recordOf } from './testing/collector-operators.js'
import { matching, timeBy } from './testing/layouts.js'
import { alloy, collector, fluentBit, operators, unknownNames, vector } from './testing/option-names.js'
import { type Members, type RealFiles, writeRealFiles } from './testing/real-files.js'

const textOf = (name: string): string => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')
// biome-ignore lint/suspicious/noExplicitAny: a configuration is data
const yamlOf = (name: string): any => parse(textOf(name), { strict: true, uniqueKeys: true })

let files: RealFiles
beforeAll(async () => {
  files = await writeRealFiles(60)
})
afterAll(() => files?.remove())

const membersOf = (line: string): Members => JSON.parse(line) as Members
const severities: Readonly<Record<string, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }
const own = ['time', 'level', 'logger', 'message', 'traceId', 'spanId']
const othersOf = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !own.includes(name)))
/** The names that a configuration's patterns match, of files that exist. */
const matched = (patterns: readonly string[]): string[] =>
  patterns.flatMap((pattern) => matching(basename(pattern.replace(/^\$\{[^}]*\}/, '')), files.names)).sort()
const backups = (): string[] => files.names.filter((name) => /\.jsonl\.\d+$/.test(name)).sort()

describe('files of a running service', () => {
  test('have rotated, have lines of every level, requests, traces and accounts, and have no line twice', () => {
    expect(backups().length).toBeGreaterThan(3)
    const all = files.lines.map(membersOf)
    expect(new Set(all.map(({ level }) => level))).toEqual(new Set(Object.keys(severities)))
    expect(new Set(all.map(({ kind }) => kind))).toContain('request')
    expect(all.some(({ traceId, account }) => traceId !== undefined && account !== undefined)).toBe(true)
  })

  test('begin in ways of their own, so that a program that knows a file by its beginning takes no other for it', () => {
    const beginnings = files.names.map((name) => readFileSync(join(files.directory, name)))
    const { receivers } = yamlOf('otel-collector.yaml')
    expect(receivers.filelog.fingerprint_size).toBe('4kb')
    const ofCollector = beginnings.map((bytes) => bytes.subarray(0, 4_000).toString('latin1'))
    const ofVector = beginnings.map((bytes) => bytes.subarray(0, bytes.indexOf(10)).toString('latin1'))
    expect(new Set(ofCollector).size).toBe(files.names.length)
    expect(new Set(ofVector).size).toBe(files.names.length)
  })
})

describe('the configuration of the OpenTelemetry collector', () => {
  const config = yamlOf('otel-collector.yaml')
  const rules: readonly Operator[] = config.receivers.filelog.operators

  test('has only options that the components have, and uses every component', () => {
    expect(unknownNames(config, collector)).toEqual([])
    expect(rules.flatMap((rule) => unknownNames(rule, operators[rule.type], rule.type))).toEqual([])
    const { receivers, exporters } = config.service.pipelines.logs
    expect([receivers, exporters]).toEqual([Object.keys(config.receivers), Object.keys(config.exporters)])
    expect(config.service.extensions).toEqual(Object.keys(config.extensions))
    const ids = rules.map(({ type, ...rule }) => ('id' in rule ? rule.id : type))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('reads files and backups, keeps offsets, and reads lines as long as they get', () => {
    const { include, storage, start_at, max_log_size } = config.receivers.filelog
    expect(matched(include)).toEqual([...files.names].sort())
    expect([storage, start_at, max_log_size]).toEqual(['file_storage', 'beginning', '2MiB'])
  })

  test('gives every member of every line its place', () => {
    for (const line of files.lines) {
      const members = membersOf(line)
      expect(recordOf(line, rules)).toEqual({
        body: members['message'],
        attributes: othersOf(members),
        timestamp: new Date(String(members['time'])),
        severityText: members['level'],
        severityNumber: severities[String(members['level'])],
        scope: members['logger'],
        traceId: members['traceId'],
        spanId: members['spanId'],
      })
    }
  })

  test('keeps a line that is not JSON as it is', () => {
    expect(recordOf('half a li', rules)).toEqual({ body: 'half a li', attributes: {} })
  })
})

describe('the configuration of Vector', () => {
  const config = yamlOf('vector.yaml')
  const program: string = config.transforms.spoor_rows.source
  const rowOf = (message: string): Members => execute(program, { message, host: 'web-1', file: 'x' }).event as Members

  test('has only options that the components have, and its program compiles', () => {
    expect(unknownNames(config, vector)).toEqual([])
    expect(check(program)).toEqual({ errors: [], warnings: [] })
    expect(config.sinks.otel_logs.inputs).toEqual(Object.keys(config.transforms))
    expect(config.transforms.spoor_rows.inputs).toEqual(Object.keys(config.sources))
  })

  test('reads files and backups', () => {
    const { include, fingerprint, read_from } = config.sources.spoor_files
    expect(matched(include)).toEqual([...files.names].sort())
    expect([fingerprint, read_from]).toEqual([{ strategy: 'checksum', lines: 1 }, 'beginning'])
  })

  test('makes a row of otel_logs of every kind of line, from which the line can be made again', () => {
    // The compiled program is not kept, so a line takes 50 ms.
    const kinds = new Map(files.lines.map((line) => [Object.keys(membersOf(line)).join(), line]))
    expect(kinds.size).toBeGreaterThan(6)
    for (const line of kinds.values()) {
      const members = membersOf(line)
      const { LogAttributes, ...row } = rowOf(line) as Members & { LogAttributes: Record<string, string> }
      const service = members['service'] ?? 'unknown_service:node'
      expect(row).toEqual({
        Timestamp: String(members['time']).replace('Z', '000000Z'),
        TraceId: members['traceId'] ?? '',
        SpanId: '',
        SeverityText: String(members['level']).toUpperCase(),
        SeverityNumber: severities[String(members['level'])],
        ServiceName: service,
        Body: members['message'],
        ResourceAttributes: { 'service.name': service, 'host.name': 'web-1' },
        ScopeName: members['logger'],
      })
      const { 'spoor.json': json = '[]', ...attributes } = LogAttributes
      const isJson = new Set(JSON.parse(json) as string[])
      const back = Object.entries(attributes).map(([name, text]) => [name, isJson.has(name) ? JSON.parse(text) : text])
      expect(Object.fromEntries(back)).toEqual(othersOf(members))
    }
  })

  test.each(['half a li', '[1]', '{"level":3,"time":"soon"}', ''])(
    'keeps %j, which Spoor did not write, as the body',
    (line) => {
      const { Body, SeverityNumber, Timestamp } = rowOf(line)
      expect([Body, SeverityNumber]).toEqual([line, 0])
      expect(Timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
    },
  )

  test('sends times that are UTC in every time zone of the server, which reads a time without a zone as its own', () => {
    expect(rowOf('{"time":"2026-11-24T07:26:20.123Z"}')['Timestamp']).toBe('2026-11-24T07:26:20.123000000Z')
    // Without it, ClickHouse refuses a zone.
    expect(config.sinks.otel_logs.date_time_best_effort).toBe(true)
  })
})

describe('the configuration of Grafana Alloy', () => {
  const components = parseAlloy(textOf('config.alloy'))
  const component = (name: string): Block => {
    const found = components.find((block) => block.name === name)
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  const stage = (name: string): Block => {
    const found = component('loki.process').blocks.find((block) => block.name === `stage.${name}`)
    if (found === undefined) throw new Error(`there is no stage.${name}`)
    return found
  }
  const plain = (value: Value | undefined): unknown => {
    if (value?.kind === 'object') return Object.fromEntries([...value.members].map(([name, of]) => [name, plain(of)]))
    if (value?.kind === 'list') return value.items.map(plain)
    if (value?.kind === 'literal') return value.value
    return value
  }
  const shapeOf = ({ attributes, blocks }: Block): object => ({
    ...Object.fromEntries([...attributes].map(([name]) => [name, true])),
    ...Object.fromEntries(blocks.map((block) => [block.name, shapeOf(block)])),
  })

  test('parses, has only components, stages and options that Alloy has, and joins them', () => {
    for (const block of components) expect(unknownNames(shapeOf(block), alloy[block.name], block.name)).toEqual([])
    const next = (name: string) => plain(component(name).attributes.get('forward_to'))
    expect(next('loki.source.file')).toEqual([{ kind: 'reference', path: 'loki.process.spoor.receiver' }])
    expect(next('loki.process')).toEqual([{ kind: 'reference', path: 'loki.write.spoor.receiver' }])
    expect(components.map(({ label }) => label)).toEqual(components.map(() => 'spoor'))
    expect(() => parseAlloy('loki.write "spoor" { endpoint { url = } }')).toThrow('unexpected }')
  })

  test('reads files without their backups', () => {
    const [target] = (component('local.file_match').attributes.get('path_targets') as Value & { kind: 'list' }).items
    const path = (target as Value & { kind: 'object' }).members.get('__path__') as Value & { kind: 'sum' }
    const pattern = path.terms.map((term) => (term.kind === 'literal' ? term.value : '')).join('')
    expect(matched([pattern])).toEqual(files.names.filter((name) => name.endsWith('.jsonl')).sort())
  })

  test('finds the members of every line that become time, labels and structured metadata', () => {
    const extracted = plain(stage('json').attributes.get('expressions')) as Record<string, string>
    const labels = plain(stage('labels').attributes.get('values'))
    const metadata = plain(stage('structured_metadata').attributes.get('values')) as Record<string, string>
    expect(labels).toEqual({ level: 'level', logger: 'logger' })
    const { source, format } = Object.fromEntries(
      [...stage('timestamp').attributes].map(([name, of]) => [name, plain(of)]),
    )
    expect([source, format]).toEqual(['time', 'RFC3339Nano'])
    // Each is a plain name in JMESPath, and each source is extracted.
    for (const expression of Object.values(extracted)) expect(expression).toMatch(/^[A-Za-z_]\w*$/)
    for (const name of Object.values(metadata)) expect(Object.keys(extracted)).toContain(name)
    for (const line of files.lines) {
      const members = membersOf(line)
      expect(members[extracted['time'] as string]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      for (const label of ['level', 'logger']) expect(members[extracted[label] as string]).toMatch(/./)
    }
    // Every second request has a trace, and any of them may be the first of its file.
    const request = files.lines.map(membersOf).find(({ kind, traceId }) => kind === 'request' && traceId) ?? {}
    for (const name of ['requestId', 'account', 'traceId']) expect(request[extracted[name] as string]).toMatch(/./)
  })
})

describe('the configuration of Fluent Bit', () => {
  const config = yamlOf('fluent-bit.yaml')
  const [parser] = config.parsers
  const [tail] = config.pipeline.inputs
  const [output] = config.pipeline.outputs
  type Step = {
    name: keyof typeof fluentBit
    condition?: { op: string; rules: { field: string; op: string; value: string }[] }
  }
  const steps: (Step & Record<string, unknown>)[] = tail.processors.logs

  test('has only options that the plugins have', () => {
    const found = [
      ...unknownNames(config, fluentBit.root),
      ...unknownNames(config.service, fluentBit.service),
      ...unknownNames(parser, fluentBit.parser),
      ...unknownNames(tail, fluentBit.tail),
      ...unknownNames(output, fluentBit.opentelemetry),
      ...steps.flatMap((step) => unknownNames(step, fluentBit[step.name])),
      ...steps.flatMap(({ condition }) => unknownNames(condition ?? {}, fluentBit.condition)),
      ...steps.flatMap(({ condition }) =>
        (condition?.rules ?? []).flatMap((rule) => unknownNames(rule, fluentBit.rule)),
      ),
    ]
    expect(found).toEqual([])
    expect([tail.parser, tail.tag]).toEqual([parser.name, output.match])
  })

  test('reads files without their backups, and keeps offsets', () => {
    expect(matched([tail.path])).toEqual(files.names.filter((name) => name.endsWith('.jsonl')).sort())
    expect(tail.db).toMatch(/\.db$/)
  })

  test('gives every line a number before it converts the number: one line without it fails all lines of a chunk', () => {
    const of = steps.filter(({ key }) => key === 'severityNumber')
    const [first, last] = [of[0], of.at(-1)]
    expect([first?.['action'], first?.['value'], first?.condition]).toEqual(['insert', 0, undefined])
    expect(last?.['action']).toBe('convert')
  })

  test('finds time, severity, message and trace of every line', () => {
    const keyOf = (accessor: string): string => /^\$(\w+)$/.exec(accessor)?.[1] ?? 'none'
    for (const line of files.lines) {
      const members = membersOf(line)
      expect(timeBy(parser.time_format, 'strptime', String(members[parser.time_key]))).toEqual(
        new Date(String(members['time'])),
      )
      expect(members).toHaveProperty(keyOf(output.logs_body_key))
      const set = steps.filter(({ condition }) =>
        condition?.rules.every(({ field, op, value }) => op === 'eq' && members[keyOf(field)] === value),
      )
      expect(set.map(({ key, value }) => [key, value])).toEqual([
        [keyOf(output.logs_severity_number_message_key), severities[String(members['level'])]],
      ])
    }
    const names = ['severity_text', 'trace_id', 'span_id'].map((name) => keyOf(output[`logs_${name}_message_key`]))
    expect(names).toEqual(['level', 'traceId', 'spanId'])
  })
})
