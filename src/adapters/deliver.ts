// Sends messages: by the local mail system, by SMTP, to a webhook, or by a command.
import type { Deliver } from '../notify/compose-message.ts'
import { deliverByCommand, deliverBySendmail } from './deliver/program-channel.ts'
import { deliverByWebhook } from './deliver/webhook.ts'

/** Each attempt stands for itself: nothing is kept between them, not even a secret. */
export const deliver: Deliver = async (channel, message) => {
  try {
    switch (channel.type) {
      case 'sendmail':
        return await deliverBySendmail(channel, message)
      case 'command':
        return await deliverByCommand(channel, message)
      case 'webhook':
        return await deliverByWebhook(channel, message)
      case 'smtp': {
        // The library is large, and only who uses it should load it.
        const { deliverBySmtp } = await import('./deliver/smtp.ts')
        return await deliverBySmtp(channel, message)
      }
      default:
        return channel satisfies never
    }
  } catch (error) {
    // A bug in one channel must not end the daemon, nor the other channels.
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, error: `internal error: ${why}`, maybeDelivered: true }
  }
}
