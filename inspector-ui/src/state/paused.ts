import { signal } from './signal.js'

/** Whether the reader stopped the page. The page then shows what it has. */
export const paused = signal(false)
