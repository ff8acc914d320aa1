import { expect, test } from 'vitest'
import { isInstalled } from './installed.mjs'

const a = { version: '1.0.0', integrity: 'sha512-a' }
const lockOf = (packages) => ({ packages: { '': { name: 'spoor' }, ...packages } })

test('nothing installed is not installed', () => {
  expect(isInstalled(lockOf({ 'node_modules/a': a }), undefined)).toBe(false)
})

test('the same packages are installed, whatever else lies beside them', () => {
  expect(isInstalled(lockOf({ 'node_modules/a': a }), lockOf({ 'node_modules/a': a, 'node_modules/b': a }))).toBe(true)
})

test('another version, other bytes or a missing package are not', () => {
  const lock = lockOf({ 'node_modules/a': a })
  expect(isInstalled(lock, lockOf({ 'node_modules/a': { ...a, version: '1.0.1' } }))).toBe(false)
  expect(isInstalled(lock, lockOf({ 'node_modules/a': { ...a, integrity: 'sha512-b' } }))).toBe(false)
  expect(isInstalled(lock, lockOf({}))).toBe(false)
})

test('an optional package for another platform may be missing', () => {
  expect(isInstalled(lockOf({ 'node_modules/a': { ...a, optional: true } }), lockOf({}))).toBe(true)
})
