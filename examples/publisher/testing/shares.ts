// Work of three accounts with known shares of the CPU.
import { expect } from 'vitest'
import { type Address, call } from './publisher.js'

/** The answer of the inspector's `/api/accounts`. */
export interface Usage {
  summary: string
  exact: boolean
  windows?: number
  items: { account?: string; requests: number; cpuMs?: number }[]
}

export async function accountsOf(publisher: Address, token: string, query = 'span=10m'): Promise<Usage> {
  const { status, json } = await call(publisher, 'GET', `/_spoor/api/accounts?${query}`, { token })
  expect(status).toBe(200)
  return json as unknown as Usage
}

/** CPU of each round, in ms: 60 % globex, 30 % acme, 10 % without an account. */
export async function oneRound(publisher: Address): Promise<void> {
  await Promise.all([
    call(publisher, 'POST', '/api/v1/export?ms=60', { token: 'globex-user' }),
    call(publisher, 'GET', '/api/v1/work?cpuMs=30&chunks=3', { token: 'acme-admin' }),
    call(publisher, 'GET', '/api/v1/work?cpuMs=10&chunks=3'),
  ])
}

/** The differences of the shares to those of `oneRound`, in percentage points. */
export function errorsOf({ items }: Usage): number[] {
  const sum = items.reduce((all, { cpuMs = 0 }) => all + cpuMs, 0)
  const shareOf = (name: string): number => 100 * ((items.find(({ account }) => account === name)?.cpuMs ?? 0) / sum)
  return [shareOf('globex') - 60, shareOf('acme') - 30, shareOf('(anonymous)') - 10].map(Math.abs)
}
