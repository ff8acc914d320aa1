// VitePress's own theme, in the system's fonts.
export { default } from 'vitepress/theme-without-fonts'

import './style.css'
