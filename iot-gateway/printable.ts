// Text from outside made fit for a message or a column: bounded, and without control characters (PostgreSQL refuses U+0000).

export function printable(text: string, most = 64): string {
  return text.slice(0, most).replace(/\p{Cc}/gu, '�');
}
