import { describe, expect, it } from 'vitest'
import { createContext, type WorkContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import { Charge } from '../work/charge.js'
import { measure } from './measure.js'

const nothing = (): void => {}

/** Runs `fn` in a request, measured or not. */
function within<T>(isMeasured: boolean, fn: (context: WorkContext) => T): T {
  const context = createContext('request')
  if (isMeasured) context.work.charge = new Charge({ kind: 'request', cpuMs: 0 }, 0, 0)
  return runWith(context, () => fn(context))
}

describe('a named step', () => {
  it('returns the result of the function, measured or not', async () => {
    for (const isMeasured of [true, false]) {
      for (const given of [7, undefined, null, { a: 1 }]) {
        within(isMeasured, () => expect(measure('step', () => given)).toBe(given))
      }
      await within(isMeasured, async () => {
        expect(await measure('step', async () => 'done')).toBe('done')
        await expect(measure('step', async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
      })
    }
  })

  it('lasts until its promise settles or the function throws', async () => {
    await within(true, async ({ work }) => {
      let [resolve, reject] = [nothing, nothing]
      const later = new Promise<void>((yes) => (resolve = yes))
      const failing = new Promise<void>((_, no) => (reject = no))
      const waiting = [measure('later', () => later), measure('failing', () => failing)]
      expect(() =>
        measure('throwing', () => {
          throw new Error('no')
        }),
      ).toThrow('no')
      const ended = (): boolean[] => (work.steps ?? []).map(({ end }) => end !== undefined)
      expect(ended()).toEqual([false, false, true])
      resolve()
      reject()
      await Promise.allSettled(waiting)
      expect(ended()).toEqual([true, true, true])
    })
  })

  it('lasts until a thenable settles, too', async () => {
    await within(true, async ({ work }) => {
      let begun = 0
      // Queries of knex, Prisma and Mongoose begin when they are awaited, each time anew.
      const query = {
        // biome-ignore lint/suspicious/noThenProperty: that is what they are.
        then: (resolve: (value: string) => void) => {
          begun++
          resolve('rows')
        },
      }
      expect(await measure('query', () => query)).toBe('rows')
      expect(begun).toBe(1)
      expect(work.steps?.[0]?.end).toBeGreaterThan(0)
    })
  })

  it('only calls the function if the request is not measured, or not any more', () => {
    within(false, ({ work }) => {
      expect(measure('step', () => 7)).toBe(7)
      expect(work.steps).toBeUndefined()
    })
    within(true, ({ work }) => {
      ;(work.charge as Charge).settled = true
      expect(measure('step', () => 7)).toBe(7)
      expect(work.steps).toBeUndefined()
    })
    expect(measure('step', () => 7)).toBe(7)
  })

  it('is kept up to 50 times in a request, with its name cut', () => {
    within(true, ({ work }) => {
      for (let at = 0; at < 60; at++) expect(measure('n'.repeat(200), () => at)).toBe(at)
      expect(work.steps).toHaveLength(50)
      expect(work.steps?.[0]?.name).toHaveLength(100)
    })
  })

  it('refuses an invalid name and a value that is not a function, measured or not', () => {
    for (const isMeasured of [true, false]) {
      within(isMeasured, () => {
        expect(() => measure('', () => 1)).toThrow(TypeError)
        expect(() => measure(7 as never, () => 1)).toThrow(TypeError)
        expect(() => measure('step', 'no function' as never)).toThrow(TypeError)
      })
    }
  })
})
