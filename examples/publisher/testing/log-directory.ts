// Import this before anything else: logs.ts reads LOG_DIR when it is imported.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export const logDirectory: string = mkdtempSync(join(tmpdir(), 'publisher-logs-'))
process.env.LOG_DIR = logDirectory

afterAll(() => rmSync(logDirectory, { recursive: true, force: true }))
