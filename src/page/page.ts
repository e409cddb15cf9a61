// The page: one document with its style and its script in it, and the policy that lets nothing else in.
import cards from './cards.js' with { type: 'text' }
import colours from './colours.css' with { type: 'text' }
import dom from './dom.js' with { type: 'text' }
import endpoints from './endpoints.js' with { type: 'text' }
import frame from './frame.css' with { type: 'text' }
import live from './live.js' with { type: 'text' }
import page from './page.html' with { type: 'text' }
import parts from './parts.css' with { type: 'text' }
import phone from './phone.css' with { type: 'text' }
import pool from './pool.js' with { type: 'text' }
import strips from './strips.css' with { type: 'text' }
import words from './words.js' with { type: 'text' }

export const PAGE_STYLE = [colours, frame, parts, strips, phone].join('\n')
/** One script of all modules, each after those that it imports. */
export const PAGE_SCRIPT = [dom, words, cards, pool, endpoints, live].map(withoutModules).join('\n')

/** The whole document. */
export function pageText(): string {
  return page
    .replace('<style></style>', () => `<style>${PAGE_STYLE}</style>`)
    .replace('<script></script>', () => `<script>${PAGE_SCRIPT}</script>`)
}

/**
 * The page's content security policy (CSP level 3): its own style and script by their hashes, its
 * own server, an icon, and nothing from anywhere else.
 *
 * @param styleHash SHA-256 in base64, as is `scriptHash`
 */
export function pagePolicy(styleHash: string, scriptHash: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `script-src 'sha256-${scriptHash}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/** Modules are for those who read and check the source; a page that loads nothing has none. */
function withoutModules(source: string): string {
  return source.replace(/^import [^;]*? from '.*'\n/gm, '').replace(/^export /gm, '')
}
