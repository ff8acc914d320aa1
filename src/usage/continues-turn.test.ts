import { AsyncResource, createHook, executionAsyncId } from 'node:async_hooks'
import { stat } from 'node:fs'
import { connect, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { continuesTurn } from './continues-turn.js'

/** Whether `continuesTurn` said so before the callback of each kind. */
async function told(start: (callback: () => void) => void): Promise<boolean | undefined> {
  const answers = new Map<number, boolean>()
  const hook = createHook({ before: (id) => void answers.set(id, continuesTurn()) }).enable()
  onTestFinished(() => void hook.disable())
  return new Promise((resolve) => start(() => resolve(answers.get(executionAsyncId()))))
}

it.each<[string, (callback: () => void) => void]>([
  ['process.nextTick', (callback) => process.nextTick(callback)],
  ['a promise', (callback) => void Promise.resolve().then(callback)],
])('a callback of %s continues the turn of the event loop', async (_, start) => {
  expect(await told(start)).toBe(true)
})

it.each<[string, (callback: () => void) => void]>([
  ['setImmediate', (callback) => void setImmediate(callback)],
  ['setTimeout', (callback) => void setTimeout(callback, 1)],
  ['a file', (callback) => stat('.', callback)],
  [
    'a connection',
    (callback) => {
      const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { port: number }
        connect(port, '127.0.0.1', callback).on('close', () => server.close())
      })
    },
  ],
  [
    'a resource of other code',
    (callback) => void setImmediate(() => new AsyncResource('OTHER').runInAsyncScope(callback)),
  ],
])('a callback of %s may begin one', async (_, start) => {
  expect(await told(start)).toBe(false)
})
