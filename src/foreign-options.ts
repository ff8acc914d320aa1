/** Spoor's counterpart of each option of pino, pino-roll, pino-http and winston. */
const hereFor: Readonly<Record<string, string>> = {
  // pino
  transport: "outputs are a logger's file, console and handlers",
  transports: "outputs are a logger's file, console and handlers",
  targets: "outputs are a logger's file, console and handlers",
  prettyPrint: "write console: 'pretty'",
  mixin: 'add fields in beforeLine',
  hooks: 'change entries in beforeLine',
  formatters: 'change entries in beforeLine',
  serializers: 'pass them to logger.child(bindings, { serializers })',
  enabled: "write level: 'silent'",
  paths: 'write keys: they count at any depth',
  censor: 'write replace',
  redactPaths: "write redact: { keys: ['password'] }",
  genReqId: 'write requestId: { generate } in createSpoor',
  autoLogging: 'write ignore: (request) => boolean',
  customLogLevel: 'write requestLine: { level } in createSpoor',
  // pino-roll and winston
  filename: 'write file, a name in directory',
  fileName: 'write file, a name in directory',
  dirname: 'write directory',
  maxSize: 'write rotation: { maxBytes }',
  maxsize: 'write rotation: { maxBytes }',
  size: 'write rotation: { maxBytes }',
  maxFiles: 'write rotation: { backups }',
  limit: 'write rotation: { backups }',
  frequency: 'files rotate by size: rotation: { maxBytes }',
  datePattern: 'files rotate by size: rotation: { maxBytes }',
  silent: "write level: 'silent'",
  defaultMeta: 'write base: { … } in defineLogs',
  colorize: 'the console is coloured at a terminal; NO_COLOR=1 switches it off',
}

/** Returns what to write instead of another library's option; undefined for all other names. */
export function insteadOf(name: string): string | undefined {
  return Object.hasOwn(hereFor, name) ? hereFor[name] : undefined
}

/** Says of options of other calls where they belong, by name. */
export type Elsewhere = Readonly<Record<string, string>>

const ofLogs = (name: string): string => `write it in defineLogs({ ${name} })`
const ofSpoor = (name: string): string => `write it in createSpoor({ ${name} })`
const ofLogger = (name: string): string => `write it in a logger: loggers: { billing: { ${name} } }`

function each(names: readonly string[], place: (name: string) => string): Elsewhere {
  return Object.fromEntries(names.map((name) => [name, place(name)]))
}

const loggerDefaults = ['level', 'console', 'format', 'flush']
const loggerOptions = [...loggerDefaults, 'file', 'handlers', 'propagate']
const spoorOptions = [
  'service',
  'version',
  'requestId',
  'requestLine',
  'errors',
  'ignore',
  'resolveWithinMs',
  'tracking',
  'inspector',
  'outgoing',
  'records',
]
const logsOptions = [
  'directory',
  'rotation',
  'loggers',
  'root',
  'base',
  'redact',
  'beforeLine',
  'files',
  'mode',
  'maxLineBytes',
]
const ofAdapter: Elsewhere = { account: 'pass it to the adapter: spoorExpress(spoor, { account })' }

/** For `createSpoor`. */
export const outsideSpoor: Elsewhere = {
  ...each(logsOptions, ofLogs),
  ...each(loggerOptions, (name) => `write it in a logger of defineLogs: loggers: { billing: { ${name} } }`),
  ...ofAdapter,
}

/** For `defineLogs`. */
export const outsideLogs: Elsewhere = {
  ...each(spoorOptions, ofSpoor),
  ...each(
    loggerOptions.filter((name) => !loggerDefaults.includes(name)),
    ofLogger,
  ),
  ...ofAdapter,
}

/** For the loggers of `defineLogs`. */
export const outsideLogger: Elsewhere = each(
  logsOptions.filter((name) => name !== 'rotation'),
  ofLogs,
)

/** For the root logger of `defineLogs`. */
export const outsideRoot: Elsewhere = {
  ...outsideLogger,
  propagate: 'the root logger is the one to which others propagate',
}

/** For the adapters. */
export const outsideAdapter: Elsewhere = { ...each(spoorOptions, ofSpoor), ...each(logsOptions, ofLogs) }
