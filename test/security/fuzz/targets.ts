// What is fuzzed: test/security/fuzz.test.ts tries each with random texts, `npm run fuzz` with texts that coverage guides.
import { encoders } from './encoders.js'
import { headers } from './headers.js'
import { markdown } from './markdown.js'
import { options } from './options.js'
import { parser } from './parser.js'
import { queries } from './queries.js'
import { sql } from './sql.js'
import type { Target } from './target.js'

export const targets: Readonly<Record<string, Target>> = { parser, encoders, sql, headers, options, queries, markdown }
