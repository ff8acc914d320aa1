import { afterEach, expect, test, vi } from 'vitest'
import { VitalsSampler } from './vitals.js'

afterEach(() => {
  vi.useRealTimers()
})

test('a sample has the memory of the process and its open requests', () => {
  const vitals = new VitalsSampler(() => 3)
  const [sample] = vitals.read().samples
  vitals.close()
  expect(sample).toMatchObject({ inFlight: 3, loopBusy: expect.any(Number) })
  expect(sample?.heapUsedBytes).toBeGreaterThan(1_000_000)
  expect(sample?.rssBytes).toBeGreaterThan(sample?.heapUsedBytes ?? 0)
})

// On Linux, Node reads it from /proc. A timer that threw would end the service.
test('where Node cannot tell the memory of the process, samples are taken without it', () => {
  vi.useFakeTimers()
  const refused = () => {
    throw new Error('ENOENT: no such file or directory, uv_resident_set_memory')
  }
  vi.spyOn(process, 'memoryUsage').mockImplementation(refused)
  Object.assign(process.memoryUsage, { rss: refused })
  const vitals = new VitalsSampler(() => 0, 1_000)
  vi.advanceTimersByTime(2_000)
  const { samples } = vitals.read()
  vitals.close()
  expect(samples).toHaveLength(3)
  expect(samples.map(({ rssBytes }) => rssBytes)).toEqual([undefined, undefined, undefined])
})
