// The page as a reply: loaded and hashed when somebody first asks for it, for most servers never do.
import type { WebReply } from '../ports.ts'

let made: Promise<WebReply> | null = null

export function pageReply(): Promise<WebReply> {
  made ??= makeReply()
  return made
}

async function makeReply(): Promise<WebReply> {
  const { PAGE_SCRIPT, PAGE_STYLE, pagePolicy, pageText } = await import('../page/page.ts')
  const policy = pagePolicy(await sha256(PAGE_STYLE), await sha256(PAGE_SCRIPT))
  return { type: 'text/html; charset=utf-8', body: pageText(), policy }
}

/** In base64. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Buffer.from(digest).toString('base64')
}
