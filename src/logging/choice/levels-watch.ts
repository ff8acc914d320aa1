import { statSync } from 'node:fs'
import { runDetached } from '../../context/storage.js'
import { reasonOf } from '../../safe-values/safe-error.js'
import type { LevelRules } from './level-rules.js'
import { rulesIn } from './levels-reader.js'

// Every process sees a change within a second.
const lookEveryMs = 400

/** What the watch tells. */
export interface LevelsHeard {
  /** @param rules those that hold now; undefined if none does */
  changed(rules: LevelRules | undefined): void
  /** The file cannot be used: what held before holds on. */
  refused(reason: string): void
}

/**
 * Looks for a change of levels.json. It asks for the file's stats, as `fs.watch` would report each line that is appended to any file of
 * the directory (docs/decisions/0160).
 */
export class LevelsWatch {
  readonly #path: string
  readonly #heard: LevelsHeard
  readonly #timer: NodeJS.Timeout
  /** What tells one version of the file from the next; undefined without a file. */
  #seen: string | undefined
  /** All rules of the file, and those of them that hold. */
  #read: LevelRules | undefined
  #holding: LevelRules | undefined

  constructor(path: string, heard: LevelsHeard) {
    this.#path = path
    this.#heard = heard
    this.#look()
    this.#timer = runDetached(() => setInterval(() => this.#look(), lookEveryMs)).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const version = versionOf(this.#path)
    if (version !== this.#seen) {
      this.#seen = version
      this.#readAgain(version !== undefined)
    }
    const holding = this.#read?.at(Date.now())
    if (holding === this.#holding) return
    this.#read = holding
    this.#holding = holding
    this.#heard.changed(holding)
  }

  #readAgain(isThere: boolean): void {
    try {
      this.#read = isThere ? rulesIn(this.#path) : undefined
    } catch (error) {
      this.#heard.refused(reasonOf(error))
    }
  }
}

function versionOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
    return stats && `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`
  } catch {
    // Such as a directory that this user may not enter.
    return undefined
  }
}
