import { accessCases } from './cases-access.js'
import { fillingCases } from './cases-filling.js'
import { filterCases } from './cases-filter.js'
import { pageCases } from './cases-pages.js'
import { readingCases } from './cases-reading.js'
import type { StoreCase } from './store-case.js'

/** What every store of records promises. */
export const storeCases: readonly StoreCase[] = [
  ...readingCases,
  ...accessCases,
  ...filterCases,
  ...pageCases,
  ...fillingCases,
]
