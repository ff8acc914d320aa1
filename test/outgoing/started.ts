import { afterEach } from 'vitest'
import { Following } from './following.js'
import { Target } from './target.js'

const open: { close(): unknown }[] = []

/** Starts a target that stops after the test. */
export async function target(...how: Parameters<typeof Target.start>): Promise<Target> {
  const made = await Target.start(...how)
  open.push({ close: () => made.stop() })
  return made
}

/** Starts to follow calls, until after the test. */
export function following(...how: ConstructorParameters<typeof Following>): Following {
  const made = new Following(...how)
  open.push(made.spoor)
  return made
}

/** Closes something after the test. */
export function afterwards(close: () => unknown): void {
  open.push({ close })
}

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})
