import { expect, test } from 'vitest'
import { isInstalled } from './installed.mjs'

const a = { version: '1.0.0', integrity: 'sha512-a' }
const lockOf = (packages) => ({ packages: { '': { name: 'spoor' }, ...packages } })

test('reports missing packages when nothing is installed', () => {
  expect(isInstalled(lockOf({ 'node_modules/a': a }), undefined)).toBe(false)
})

test('accepts the packages of the lock file, with or without others beside them', () => {
  expect(isInstalled(lockOf({ 'node_modules/a': a }), lockOf({ 'node_modules/a': a, 'node_modules/b': a }))).toBe(true)
})

test('reports another version, other bytes or a missing package', () => {
  const lock = lockOf({ 'node_modules/a': a })
  expect(isInstalled(lock, lockOf({ 'node_modules/a': { ...a, version: '1.0.1' } }))).toBe(false)
  expect(isInstalled(lock, lockOf({ 'node_modules/a': { ...a, integrity: 'sha512-b' } }))).toBe(false)
  expect(isInstalled(lock, lockOf({}))).toBe(false)
})

test('accepts that an optional package for another platform is missing', () => {
  expect(isInstalled(lockOf({ 'node_modules/a': { ...a, optional: true } }), lockOf({}))).toBe(true)
})
