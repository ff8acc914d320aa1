import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import postcss from 'postcss'
import { expect, test } from 'vitest'
import { styleNames } from './style-names.ts'

const shortened = (css: string): string => postcss([styleNames]).process(css, { from: undefined }).css

test('the most frequent custom property has the shortest name, wherever it is used', () => {
  expect(
    shortened(
      ':root{--bg:#fff;--ink:#000}p{color:var(--ink);border:1px solid color-mix(in oklab, var(--ink) 9%, var(--bg))}',
    ),
  ).toBe(':root{--b:#fff;--a:#000}p{color:var(--a);border:1px solid color-mix(in oklab, var(--a) 9%, var(--b))}')
})

test('more properties than letters have a name each', () => {
  const css = Array.from({ length: 120 }, (_, place) => `--property-${place}:${place}px`).join(';')
  const names = shortened(`p{${css}}`).match(/--\w+/g)
  expect(new Set(names).size).toBe(120)
})

test('no script of the page names a custom property', () => {
  const folder = join(import.meta.dirname, 'src')
  const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
  const naming = scripts.filter((file) => /["'`(]--[a-z]/.test(readFileSync(join(folder, file), 'utf8')))
  expect(naming).toEqual([])
})
