/**
 * What Node makes process-wide, registered once per process whatever the number of instances or copies of this
 * package, and undone when the last user leaves. Nothing else in the package is global, but for the one store of
 * context/storage.ts.
 */
interface ProcessHooks {
  readonly exitTasks: Set<() => void>
  exiting: boolean
  onExit: (() => void) | undefined
}

// The number rises when the shape changes: copies of different versions then keep hooks of their own.
const key = Symbol.for('spoor.process-hooks.1')
const shared = globalThis as { [key]?: ProcessHooks }

shared[key] ??= { exitTasks: new Set(), exiting: false, onExit: undefined }
const hooks: ProcessHooks = shared[key]

/**
 * Runs `task` when the process exits, however it does (`process.exit`, the end of work, an uncaught exception).
 * One `exit` listener serves all: Node warns from the eleventh on (MaxListenersExceededWarning).
 *
 * @returns what takes the task back; the last one takes the listener away
 */
export function atExit(task: () => void): () => void {
  hooks.exitTasks.add(task)
  if (hooks.onExit === undefined) {
    hooks.onExit = runExitTasks
    process.on('exit', hooks.onExit)
  }
  return () => {
    hooks.exitTasks.delete(task)
    if (hooks.exitTasks.size > 0 || hooks.onExit === undefined) return
    process.off('exit', hooks.onExit)
    hooks.onExit = undefined
  }
}

/** True from the first `exit` event on: no callback will run any more, so whatever is left must be done at once. */
export function isExiting(): boolean {
  return hooks.exiting
}

function runExitTasks(): void {
  hooks.exiting = true
  for (const task of hooks.exitTasks) task()
}
