// Writes a grey-and-alpha PNG. Source: PNG (ISO/IEC 15948) §11: colour type 4, 8 bit; each row with the filter that leaves the smallest sum.
import { deflateSync } from 'node:zlib';
import type { ShadePicture } from './relief.ts';

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
function chunk(type: string, body: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.byteLength, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

/** The picture as the bytes of a PNG file. */
export function pngOf(picture: ShadePicture): Buffer {
  const stride = picture.width * 2;
  const raw = Buffer.alloc((stride + 1) * picture.height);
  for (let row = 0; row < picture.height; row++) {
    const at = row * (stride + 1);
    // Filter 2, Up: a smooth surface changes least from row to row.
    raw[at] = 2;
    for (let i = 0; i < stride; i++)
      raw[at + 1 + i] = ((picture.pixels[row * stride + i] ?? 0) - (row > 0 ? (picture.pixels[(row - 1) * stride + i] ?? 0) : 0)) & 0xff;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.width, 0);
  header.writeUInt32BE(picture.height, 4);
  header.set([8, 4, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw, { level: 6 })),
    chunk('IEND', new Uint8Array()),
  ]);
}
