// The house's rules (ARCHITECTURE.md, "Layers") as a function: sources in, violations out.
import { posix } from 'node:path'
import { computed, type Import, type Imports, importsOf } from './imports.js'

/** Source texts by path below src/, with `/` between folders, tests left out. */
export type Sources = Readonly<Record<string, string>>

export interface Rules {
  /** From left to right; a layer may import those to its left. A member is a folder of src/ or a file in it. */
  readonly layers: readonly (readonly string[])[]
  /** Members that import no other folder, not even a type. */
  readonly alone: readonly string[]
  /** What a member may import besides, as a type only: a source that takes the finished whole as a value. */
  readonly typesFrom: Readonly<Record<string, readonly string[]>>
  /** All that a member may import: what a user of the package could. */
  readonly onlyFrom: Readonly<Record<string, readonly string[]>>
  /** What a member must not load, however indirectly. */
  readonly neverLoads: Readonly<Record<string, readonly string[]>>
  /** Files the package exports. */
  readonly entryPoints: readonly string[]
  readonly maxLines: number
  /** Files that are longer, each with the reason. */
  readonly longFiles: Readonly<Record<string, string>>
}

interface Edge extends Import {
  readonly from: string
  readonly to: string
}

/** One sentence for each broken rule: file, import, rule. */
export function violations(sources: Sources, rules: Rules): string[] {
  const parsed = new Map(Object.entries(sources).map(([file, text]) => [file, importsOf(text)]))
  const { edges, problems } = resolveAll(parsed)
  return [
    ...problems,
    ...edges.flatMap((edge) => edgeProblem(edge, rules) ?? []),
    ...cycles(edges.filter((edge) => !edge.typeOnly)),
    ...loadProblems(edges, rules),
    ...[...parsed].flatMap(([file, imports]) => barrelProblem(file, imports, rules) ?? []),
    ...Object.entries(sources).flatMap(([file, text]) => fileProblems(file, text, rules)),
    ...Object.keys(rules.longFiles).flatMap((file) => staleException(file, sources, rules) ?? []),
  ]
}

function resolveAll(parsed: Map<string, Imports>): { edges: Edge[]; problems: string[] } {
  const edges: Edge[] = []
  const problems: string[] = []
  for (const [from, { list }] of parsed) {
    for (const one of list) {
      const to = posix.join(posix.dirname(from), one.specifier).replace(/\.js$/, '.ts')
      const problem = specifierProblem(one.specifier, to, parsed)
      if (problem) problems.push(`${from} imports ${one.specifier}: ${problem}`)
      else if (isOurs(one.specifier)) edges.push({ ...one, from, to })
    }
  }
  return { edges, problems }
}

const isOurs = (specifier: string): boolean => specifier.startsWith('.')

function specifierProblem(specifier: string, to: string, parsed: Map<string, Imports>): string | undefined {
  if (specifier === computed) return 'an import names its module by a literal, so that this test can follow it'
  if (/^spoor(\/|$)/.test(specifier)) return 'the package does not import itself by name'
  if (!isOurs(specifier)) return undefined
  if (to.startsWith('..')) return 'src/ imports nothing from outside of src/'
  if (to.endsWith('.test.ts')) return 'no source imports a test'
  return parsed.has(to) ? undefined : 'there is no such file'
}

function edgeProblem(edge: Edge, rules: Rules): string | undefined {
  const from = memberOf(edge.from)
  const to = memberOf(edge.to)
  const rule = from === to ? undefined : crossing(from, to, edge, rules)
  return rule && `${edge.from} imports ${edge.typeOnly ? 'types of ' : ''}${edge.to}: ${rule}`
}

/** The rule that an import from one member to another breaks. */
function crossing(from: string, to: string, { typeOnly }: Edge, rules: Rules): string | undefined {
  const left = layerOf(to, rules)
  const own = layerOf(from, rules)
  if (own < 0 || left < 0) return `${own < 0 ? from : to} has no layer yet: give it one in test/architecture.test.ts`
  if (rules.alone.includes(from)) return `${from} imports no other folder, not even a type`
  const allowed = rules.onlyFrom[from]
  if (allowed) return allowed.includes(to) ? undefined : `${from} imports only ${allowed.join(', ')}`
  if (rules.typesFrom[from]?.includes(to)) return typeOnly ? undefined : `${from} takes of ${to} the types only`
  if (left > own) return `a layer imports only those to its left (${from} stands left of ${to})`
  if (left === own && !typeOnly) return `${from} and ${to} are in one layer: sideways only types`
  return undefined
}

/** `logging/handlers/file.ts` → `logging`, `spoor.ts` → `spoor`. */
function memberOf(file: string): string {
  const [first = ''] = file.split('/')
  return first.replace(/\.ts$/, '')
}

const layerOf = (member: string, rules: Rules): number => rules.layers.findIndex((layer) => layer.includes(member))

function cycles(edges: readonly Edge[]): string[] {
  const next = groupByFrom(edges)
  const finished = new Set<string>()
  const found: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) found.push(`${[...path.slice(at), file].join(' → ')}: no cycles of imports at run time`)
    if (at >= 0 || finished.has(file)) return
    for (const to of next.get(file) ?? []) visit(to, [...path, file])
    finished.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return found
}

function loadProblems(edges: readonly Edge[], rules: Rules): string[] {
  const next = groupByFrom(edges.filter((edge) => !edge.typeOnly))
  return [...next.keys()].flatMap((file) => {
    const never = rules.neverLoads[memberOf(file)] ?? []
    const chain = never.length > 0 ? chainTo(file, next, (to) => never.some((path) => to.startsWith(path))) : undefined
    return chain ? [`${chain.join(' → ')}: ${memberOf(file)} must not load ${chain.at(-1)}`] : []
  })
}

/** The shortest way from `file` to one that is `wanted`. */
function chainTo(file: string, next: Map<string, string[]>, wanted: (to: string) => boolean): string[] | undefined {
  const seen = new Set([file])
  const queue = [[file]]
  for (let chain = queue.shift(); chain; chain = queue.shift()) {
    for (const to of next.get(chain.at(-1) ?? '') ?? []) {
      if (wanted(to)) return [...chain, to]
      if (seen.has(to)) continue
      seen.add(to)
      queue.push([...chain, to])
    }
  }
  return undefined
}

function groupByFrom(edges: readonly Edge[]): Map<string, string[]> {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to])
  return next
}

function barrelProblem(file: string, imports: Imports, rules: Rules): string | undefined {
  if (rules.entryPoints.includes(file)) return undefined
  if (imports.onlyReexports) return `${file} only re-exports: no barrels besides the entry points`
  const everything = imports.list.find((one) => one.reexport && one.everything)
  return everything && `${file} re-exports all of ${everything.specifier}: no barrels besides the entry points`
}

function fileProblems(file: string, text: string, rules: Rules): string[] {
  const problems: string[] = []
  const vague = file.match(/(?:^|\/)(utils?|helpers?|commons?|types?|misc|shared)(?=\/|\.ts$)/)?.[1]
  if (vague) problems.push(`${file}: "${vague}" says nothing; name it by its subject`)
  const lines = text.split('\n').length - 1
  if (lines > rules.maxLines && !rules.longFiles[file]) {
    problems.push(`${file} has ${lines} lines: over ${rules.maxLines} wants a reason, in test/architecture.test.ts`)
  }
  return problems
}

function staleException(file: string, sources: Sources, rules: Rules): string | undefined {
  const lines = sources[file]?.split('\n').length ?? 0
  return lines - 1 > rules.maxLines ? undefined : `${file} is listed as a long file but is short: remove the exception`
}
