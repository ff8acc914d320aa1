/** Spoor's counterpart of each option of pino, pino-roll, pino-http and winston. */
const hereFor: Readonly<Record<string, string>> = {
  // pino
  transport: "outputs are a logger's file, console and handlers",
  transports: "outputs are a logger's file, console and handlers",
  targets: "outputs are a logger's file, console and handlers",
  prettyPrint: "write console: 'verbose'",
  base: 'bind fields with logger.child({ … })',
  mixin: 'add fields in beforeLine',
  hooks: 'change entries in beforeLine',
  formatters: 'change entries in beforeLine',
  serializers: 'pass them to logger.child(bindings, { serializers })',
  enabled: "write level: 'silent'",
  paths: 'write keys: they count at any depth',
  censor: 'write replace',
  redactPaths: "write redact: { keys: ['password'] }",
  genReqId: 'ids are made by createSpoor; see requestId',
  autoLogging: 'write ignore: (request) => boolean',
  customLogLevel: 'write errors: { level: (status) => level }',
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
  defaultMeta: 'bind fields with logger.child({ … })',
  colorize: 'the console is coloured at a terminal; NO_COLOR=1 switches it off',
}

/** Returns what to write instead of another library's option; undefined for all other names. */
export function insteadOf(name: string): string | undefined {
  return Object.hasOwn(hereFor, name) ? hereFor[name] : undefined
}
