import { expect, test } from 'vitest'
import { computed, signal, watch } from './signal.js'

test('a watcher is called now and with each value that differs, until it ends', () => {
  const seen: number[] = []
  const source = signal(1)
  const stop = watch(source, (value) => seen.push(value))
  for (const value of [1, 2, 2, 3]) source.value = value
  stop()
  source.value = 4
  expect(seen).toEqual([1, 2, 3])
})

test('a computed signal follows what it read last, and tells only of values that differ', () => {
  const [isOn, one, other] = [signal(true), signal(1), signal(10)]
  let runs = 0
  const small = computed(() => {
    runs += 1
    return (isOn.value ? one.value : other.value) > 5
  })
  const seen: boolean[] = []
  const stop = watch(small, (value) => seen.push(value))
  one.value = 2
  one.value = 6
  isOn.value = false
  const before = runs
  one.value = 1
  expect(runs).toBe(before)
  other.value = 3
  expect(seen).toEqual([false, true, false])
  stop()
  other.value = 30
  expect(runs).toBe(before + 1)
  expect(small.peek()).toBe(true)
})

test('a watcher is not told of what its function reads', () => {
  const [source, other] = [signal(1), signal(1)]
  let calls = 0
  watch(source, () => {
    calls += other.value
  })
  other.value = 2
  expect(calls).toBe(1)
})

test('a computed signal that nobody watches keeps nothing', () => {
  const source = signal({ at: 1 })
  const at = computed(() => source.value.at)
  const next = computed(() => at.value + 1)
  expect(next.value).toBe(2)
  source.value = { at: 2 }
  expect(next.value).toBe(3)
})
