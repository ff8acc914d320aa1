// What a declaration of the package names, its users can name.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from '@typescript/typescript6'
import { beforeAll, expect, test } from 'vitest'
import { exec, root } from './project.js'

/** Types without a name for users, and why nobody needs one. */
const unnamed: Readonly<Record<string, string>> = {
  FollowOptions: 'the options of spoorFastify without `spoor`: SpoorFastifyOptions',
  HttpOptions: "Fastify's own options",
  LineChoiceOptions: 'a part of LogsOptions',
  LineOptions: 'a part of CaptureOptions',
  LoggerDefaults: 'a part of LogsOptions',
  alertKinds: 'a list of values: AlertKind is the type of its members',
  levels: 'a list of values: Level is the type of its members',
}

let declared: Set<string>
let exported: Set<string>

beforeAll(async () => {
  await exec(process.execPath, ['scripts/build.mjs'], { cwd: root })
  const dist = join(root, 'dist')
  const files = (await readdir(dist)).filter((name) => name.endsWith('.d.cts'))
  const parsed = await Promise.all(
    files.map(async (name) =>
      ts.createSourceFile(name, await readFile(join(dist, name), 'utf8'), ts.ScriptTarget.Latest),
    ),
  )
  const statements = parsed.flatMap((file) => [...file.statements])
  declared = new Set(statements.flatMap(declaredBy))
  exported = new Set(statements.flatMap(exportedBy))
})

/** The names that a statement declares at the top of a file. */
function declaredBy(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []))
  const isDeclaration =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  return isDeclaration && statement.name !== undefined ? [statement.name.text] : []
}

/** The names that a statement exports. The bundler writes them all into one list at the end of a file. */
function exportedBy(statement: ts.Statement): string[] {
  if (!ts.isExportDeclaration(statement)) return []
  const { exportClause } = statement
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return []
  return exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
}

// The bundler leaves out declarations that nothing exported leads to. So each that is there is a part of what users see.
test('each type that leads to users is exported', () => {
  expect(declared.size).toBeGreaterThan(100)
  expect([...declared].filter((name) => !exported.has(name)).sort()).toEqual(Object.keys(unnamed).sort())
})
