import { MemoryRecords } from '../../src/records/memory-store.js'
import { cases } from './cases.js'
import { storeConformance } from './suite.js'

storeConformance(
  {
    name: 'memoryRecords',
    open(size) {
      let now = 0
      return {
        store: new MemoryRecords(size, () => now),
        pass(ms) {
          now += ms
        },
      }
    },
  },
  cases,
)
