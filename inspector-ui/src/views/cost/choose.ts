import { route, setQuery } from '../../state/route.js'

/** Shows the routes of one account; of all if it is chosen already. */
export function chooseAccount(account: string): void {
  setQuery({ account: route.value.query.get('account') === account ? undefined : account })
}
