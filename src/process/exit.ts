import { hooks } from './hooks.js'

/**
 * Runs `task` when the process exits, in any way (`process.exit`, the end of work, an uncaught exception). One `exit`
 * listener serves all tasks: from the eleventh on, Node warns (MaxListenersExceededWarning).
 *
 * @returns a function that removes the task; the last one removes the listener
 */
export function atExit(task: () => void): () => void {
  hooks.exitTasks.add(task)
  if (hooks.onExit === undefined) {
    hooks.onExit = runExitTasks
    // Before the service's listeners: if one of those throws, Node does not call the others.
    process.prependListener('exit', hooks.onExit)
  }
  return () => {
    hooks.exitTasks.delete(task)
    if (hooks.exitTasks.size > 0 || hooks.onExit === undefined) return
    process.off('exit', hooks.onExit)
    hooks.onExit = undefined
  }
}

/** True from the first `exit` event on. No callback runs any more, so the rest must be done at once. */
export function isExiting(): boolean {
  return hooks.exiting
}

function runExitTasks(): void {
  hooks.exiting = true
  for (const task of hooks.exitTasks) task()
}
