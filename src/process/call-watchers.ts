import { hooks } from './hooks.js'

/**
 * Lets `watcher` follow the calls that this process makes to other services. The first watcher installs the
 * subscriptions and patches.
 *
 * @param install subscribes and patches for all watchers of the moment, and returns a function that undoes it
 * @returns a function that removes the watcher; the last one undoes the installation
 */
export function watchCalls<Watcher extends object>(
  watcher: Watcher,
  install: (watchers: ReadonlySet<Watcher>) => () => void,
): () => void {
  hooks.callWatchers.add(watcher)
  hooks.stopWatchingCalls ??= install(hooks.callWatchers as Set<Watcher>)
  return () => {
    if (!hooks.callWatchers.delete(watcher) || hooks.callWatchers.size > 0) return
    hooks.stopWatchingCalls?.()
    hooks.stopWatchingCalls = undefined
  }
}
