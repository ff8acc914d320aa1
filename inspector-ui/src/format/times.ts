const two = (value: number): string => String(value).padStart(2, '0')

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The time of day in the viewer's zone: `14:03:07.412`. */
export function clock(at: number): string {
  return `${seconds(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`
}

/** `14:03:07`. */
export function seconds(at: number): string {
  return `${minutes(at)}:${two(new Date(at).getSeconds())}`
}

/** `14:03`. */
export function minutes(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** The time of day, with the date before it if that is not the day of `now`: `24 Nov 14:03:07.412`. */
export function moment(at: number, now: number): string {
  const date = new Date(at)
  const today = date.toDateString() === new Date(now).toDateString()
  return today ? clock(at) : `${date.getDate()} ${months[date.getMonth()]} ${clock(at)}`
}

/** A time in UTC, for titles: `2026-11-24T14:03:07.412Z`. Empty for what is no time. */
export function utc(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : ''
}
