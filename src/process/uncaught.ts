import { hooks, type UncaughtTask } from './hooks.js'

/**
 * Runs `task` for each exception and rejection that nothing catches, in the async context it came from (seen on Node 20
 * to 26). The exit code and Node's default behaviour stay the same.
 *
 * @param owner several calls for one owner run one task
 * @returns a function that removes the task; the last one removes the listener
 */
export function atUncaught(owner: object, task: UncaughtTask): () => void {
  const own = hooks.uncaughtTasks.get(owner) ?? { task, users: 0 }
  own.users++
  hooks.uncaughtTasks.set(owner, own)
  if (hooks.onUncaught === undefined) {
    hooks.onUncaught = runUncaughtTasks
    process.on('uncaughtExceptionMonitor', hooks.onUncaught)
  }
  let isUser = true
  return () => {
    if (isUser && --own.users === 0) hooks.uncaughtTasks.delete(owner)
    isUser = false
    if (hooks.uncaughtTasks.size > 0 || hooks.onUncaught === undefined) return
    process.off('uncaughtExceptionMonitor', hooks.onUncaught)
    hooks.onUncaught = undefined
  }
}

function runUncaughtTasks(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  for (const { task } of hooks.uncaughtTasks.values()) task(error, origin)
}
