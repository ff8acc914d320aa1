const levelsAreFixed = 'the levels are trace, debug, info, warn, error, fatal'
const namesAreFixed = "each format has fixed names: format: 'json', 'gcp', 'ecs' or 'datadog'"

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
  levelComparison: levelsAreFixed,
  customLevels: levelsAreFixed,
  useOnlyCustomLevels: levelsAreFixed,
  levelVal: 'write level',
  mixinMergeStrategy: 'add fields in beforeLine',
  messageKey: namesAreFixed,
  errorKey: namesAreFixed,
  nestedKey: 'put the fields into an object of your own',
  msgPrefix: 'bind a field instead: child({ module })',
  onChild: 'children have the outputs of their logger',
  depthLimit: 'the limits of a value are fixed; of a line: maxLineBytes',
  edgeLimit: 'the limits of a value are fixed; of a line: maxLineBytes',
  crlf: 'each line ends with \\n',
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
  maxAge: 'write rotation: { keepForMs }, in milliseconds',
  keepDays: 'write rotation: { keepForMs }, in milliseconds',
  retention: 'write rotation: { keepForMs }, in milliseconds',
  mkdir: 'the directory is always created',
  symlink: 'the newest file always has the name of the option file',
  extension: 'write it in file',
  dateFormat: 'files rotate by size: rotation: { maxBytes }',
  zippedArchive: 'backups are not compressed',
  auditFile: 'no such file is needed',
  exitOnError: 'Spoor never keeps a process alive and never ends it',
  exceptionHandlers: 'the root logger writes each uncaught exception',
  rejectionHandlers: 'the root logger writes each unhandled rejection',
  handleExceptions: 'the root logger writes each uncaught exception',
  handleRejections: 'the root logger writes each unhandled rejection',
  frequency: 'files rotate by size: rotation: { maxBytes }',
  datePattern: 'files rotate by size: rotation: { maxBytes }',
  silent: "write level: 'silent'",
  defaultMeta: 'write base: { … } in defineLogs',
  pretty: "write console: 'pretty'",
  colorize: 'the console is coloured at a terminal; NO_COLOR=1 switches it off',
}

/** Where options are written. */
export type OptionsPlace = 'createSpoor' | 'defineLogs' | 'logger' | 'root' | 'adapter'

/** Says of options that belong elsewhere what to write, by name. */
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
  'queries',
  'records',
  'alerts',
  'budget',
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

/** Options of other loggers whose names may mean something else elsewhere. */
const ofOtherLoggers: Elsewhere = {
  name: "the name is that of the logger: logs.get('billing')",
  timestamp: 'each line has its time, in UTC',
  levels: levelsAreFixed,
  safe: 'circular objects are always safe',
  browser: 'Spoor does not run in browsers',
}
const ofRotation: Elsewhere = each(['maxBytes', 'backups', 'keepForMs'], (name) => `write rotation: { ${name} }`)

const outsideLogger: Elsewhere = {
  ...each(
    logsOptions.filter((name) => name !== 'rotation'),
    ofLogs,
  ),
  ...ofRotation,
  ...ofOtherLoggers,
}

const elsewhere: Readonly<Record<OptionsPlace, Elsewhere>> = {
  createSpoor: {
    ...each(logsOptions, ofLogs),
    ...each(loggerOptions, (name) => `write it in a logger of defineLogs: loggers: { billing: { ${name} } }`),
    ...ofAdapter,
  },
  defineLogs: {
    ...each(spoorOptions, ofSpoor),
    ...each(
      loggerOptions.filter((name) => !loggerDefaults.includes(name)),
      ofLogger,
    ),
    ...ofRotation,
    ...ofOtherLoggers,
    ...ofAdapter,
  },
  logger: outsideLogger,
  root: { ...outsideLogger, propagate: 'the root logger is the one to which others propagate' },
  adapter: { ...each(spoorOptions, ofSpoor), ...each(logsOptions, ofLogs) },
}

/** What to write instead of an option that belongs to another call, or to another logger. */
export function insteadOf(name: string, place: OptionsPlace | Elsewhere = {}): string | undefined {
  const own = typeof place === 'string' ? elsewhere[place] : place
  const texts = [own, hereFor].find((texts) => Object.hasOwn(texts, name))
  return texts?.[name]
}
