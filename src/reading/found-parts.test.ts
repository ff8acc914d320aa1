import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { meet } from '../process/met.js'
import { foundParts, packagesOf } from './found-parts.js'

async function serviceWith(dependencies: unknown, versions: Record<string, unknown>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'spoor-found-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await writeFile(join(root, 'package.json'), JSON.stringify({ dependencies }))
  for (const [name, version] of Object.entries(versions)) {
    await mkdir(join(root, 'node_modules', name), { recursive: true })
    await writeFile(join(root, 'node_modules', name, 'package.json'), JSON.stringify({ name, version }))
  }
  await mkdir(join(root, 'dist', 'server'), { recursive: true })
  return join(root, 'dist', 'server')
}

test('the known packages of the nearest package.json are found with their versions, and no other name', async () => {
  const directory = await serviceWith({ pg: '^8', koa: '2', 'left-pad': '1' }, { pg: '8.16.3', 'left-pad': '1.0.0' })
  expect(await packagesOf(directory)).toEqual(
    new Map([
      ['koa', undefined],
      ['pg', '8.16.3'],
    ]),
  )
})

test.each([[null], ['text'], [7], [{ pg: 1 }]])('a package.json with dependencies %j breaks nothing', async (given) => {
  const found = await packagesOf(await serviceWith(given, { pg: '<img src=x>\u202e' }))
  expect([...found.values()].filter((version) => version !== undefined)).toEqual([])
})

test('a driver that was met is seen, whether a package.json names it or not', async () => {
  meet('ioredis')
  meet('sqlite')
  const found = await foundParts()
  expect(found).toContainEqual(expect.objectContaining({ kind: 'driver', name: 'ioredis', isSeen: true }))
  expect(found.filter(({ name, isSeen }) => /sqlite/.test(name) && isSeen)).toHaveLength(1)
})
