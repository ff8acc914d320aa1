import { fillingCases } from './cases-filling.js'
import { filterCases } from './cases-filter.js'
import { pageCases } from './cases-pages.js'
import { readingCases } from './cases-reading.js'
import { scopeCases } from './cases-scope.js'
import type { StoreCase } from './suite.js'

/** What every store of records promises. */
export const cases: readonly StoreCase[] = [
  ...readingCases,
  ...scopeCases,
  ...filterCases,
  ...pageCases,
  ...fillingCases,
]
