import type { VNode } from 'preact'

/** The mark of Spoor: four prints. */
export const Mark = (): VNode => (
  <svg viewBox="0 0 18 20" aria-hidden="true">
    <g transform="rotate(14 9 10)">
      <ellipse cx="4.6" cy="17" rx="2.3" ry="2.9" opacity=".32" />
      <ellipse cx="13" cy="12.6" rx="2.3" ry="2.9" opacity=".55" />
      <ellipse cx="5" cy="7.8" rx="2.3" ry="2.9" opacity=".8" />
      <ellipse cx="13.4" cy="3.4" rx="2.3" ry="2.9" />
    </g>
  </svg>
)

export const CopyIcon = (): VNode => (
  <svg viewBox="0 0 12 12" aria-hidden="true">
    <rect x="3.7" y="3.7" width="7" height="7" rx="1.4" />
    <path d="M8 1.3H2.6A1.3 1.3 0 0 0 1.3 2.6V8" />
  </svg>
)

export const FindIcon = (): VNode => (
  <svg viewBox="0 0 14 14" aria-hidden="true">
    <circle cx="6" cy="6" r="4.2" />
    <path d="M9.2 9.2 13 13" />
  </svg>
)

export const ThemeIcon = (): VNode => (
  <svg viewBox="0 0 14 14" aria-hidden="true">
    <circle cx="7" cy="7" r="5.2" />
    <path d="M7 1.8v10.4A5.2 5.2 0 0 0 7 1.8Z" fill="currentColor" />
  </svg>
)

export const UpIcon = (): VNode => (
  <svg viewBox="0 0 14 14" aria-hidden="true">
    <path d="m3 9 4-4 4 4" />
  </svg>
)

export const DownIcon = (): VNode => (
  <svg viewBox="0 0 14 14" aria-hidden="true">
    <path d="m3 5 4 4 4-4" />
  </svg>
)
