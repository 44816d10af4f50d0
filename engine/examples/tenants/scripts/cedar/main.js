export function onMessage() {
  for (;;) {}
}

export function fill() {
  const kept = []
  for (;;) kept.push(new Array(100_000).fill(kept.length))
}

export async function phone() {
  return (await fetch("https://example.com/")).status
}
