// Exports are what the service can call. The variable stays while the instance lives.
let served = 0

export async function onMessage(message: { from: string, text: string }) {
  served++
  await notes.add(message.from + ": " + message.text)
  return { reply: `Hello ${message.from}! You are number ${served}.`, notes: await notes.list() }
}
