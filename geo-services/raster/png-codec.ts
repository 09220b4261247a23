// Tiles as PNG by pngjs: its compression is the runtime's own.
import { PNG } from 'pngjs';
import { tileSide } from './tile-pixels.ts';

/** A PNG file of RGBA, 256 × 256; without alpha where nothing is transparent. */
export function pngOfPixels(rgba: Uint8Array): Buffer {
  let opaque = true;
  for (let n = 3; n < rgba.length && opaque; n += 4) opaque = rgba[n] === 255;
  const picture = new PNG({ width: tileSide, height: tileSide });
  picture.data = Buffer.from(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  return PNG.sync.write(picture, { colorType: opaque ? 2 : 6, filterType: 4, deflateLevel: 6 });
}
/** RGBA of a tile that we made. @throws for other bytes */
export function pixelsOfPng(png: Uint8Array): Uint8Array {
  const { data, width, height } = PNG.sync.read(Buffer.from(png.buffer, png.byteOffset, png.byteLength));
  if (width !== tileSide || height !== tileSide) throw new Error('no tile of ours');
  return data;
}
