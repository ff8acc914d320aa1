import { EventEmitter } from 'node:events'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { patch } from './patch.js'

type Greet = (this: unknown, name: string) => string

function greeter(): { greet: Greet } {
  return {
    greet(name) {
      return `hello ${name}`
    },
  }
}

const loudly = (below: Greet): Greet =>
  function (name) {
    return Reflect.apply(below, this, [name]).toUpperCase()
  }

describe('patch', () => {
  test('replaces a method and restores it', () => {
    const target = greeter()
    const { greet } = target
    const undo = patch(target, 'greet', loudly)
    expect(target.greet('Ada')).toBe('HELLO ADA')
    undo()
    expect(target.greet).toBe(greet)
  })

  test('passes the receiver on', () => {
    const target = new EventEmitter()
    const seen: unknown[] = []
    target.on('event', function (this: unknown, ...args: unknown[]) {
      seen.push(this, ...args)
    })
    patch(target, 'emit', (below) => below)
    target.emit('event', 1, 2)
    expect(seen).toEqual([target, 1, 2])
  })

  test('keeps name, length and the symbol of util.promisify', async () => {
    const target = { wait: (_milliseconds: number, done: (value: string) => void) => done('by callback') }
    Object.defineProperty(target.wait, promisify.custom, { value: async () => 'by promise' })
    patch(target, 'wait', (below) => below)
    expect([target.wait.name, target.wait.length]).toEqual(['wait', 2])
    await expect(promisify(target.wait)(1)).resolves.toBe('by promise')
  })

  test('restores an inherited method without leaving an own one', () => {
    const target = new EventEmitter()
    patch(target, 'emit', (below) => below)()
    expect(Object.hasOwn(target, 'emit')).toBe(false)
  })

  test('leaves the wrapper of a library in place, and then only passes calls on', () => {
    const target = greeter()
    const undo = patch(target, 'greet', loudly)
    const ours = target.greet
    target.greet = (name) => `${ours(name)}!`
    const theirs = target.greet
    expect(target.greet('Ada')).toBe('HELLO ADA!')
    undo()
    expect(target.greet).toBe(theirs)
    expect(target.greet('Ada')).toBe('hello Ada!')
  })

  test('does nothing if the method is missing', () => {
    const target = {}
    patch(target, 'greet', loudly)()
    expect(target).toEqual({})
  })
})
