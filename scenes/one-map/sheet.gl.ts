// The picture of a sheet's map: the same document, drawn once off the screen at the density of print.
import { Map as EngineMap, type StyleSpecification } from 'maplibre-gl';
import type { LngLat } from '../../contracts/geo.ts';

export interface PictureOptions {
  readonly document: unknown;
  readonly center: LngLat;
  readonly zoom: number;
  /** Degrees. */
  readonly bearing: number;
  readonly pitch: number;
  /** CSS px. */
  readonly width: number;
  readonly height: number;
  /** Picture pixels of a CSS px. */
  readonly density: number;
  readonly font: string;
}
const longestMilliseconds = 60_000;

/** @throws when the map does not come to rest in a minute, or without WebGL */
export async function drawPicture(options: PictureOptions): Promise<ImageBitmap> {
  const element = window.document.createElement('div');
  element.style.cssText = `position:fixed;left:-20000px;top:0;width:${options.width}px;height:${options.height}px`;
  window.document.body.append(element);
  const map = new EngineMap({
    container: element,
    style: options.document as StyleSpecification,
    center: [...options.center] as [number, number],
    zoom: options.zoom,
    bearing: options.bearing,
    pitch: options.pitch,
    pixelRatio: options.density,
    maxCanvasSize: [8192, 8192],
    interactive: false,
    attributionControl: false,
    fadeDuration: 0,
    localIdeographFontFamily: options.font,
    canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('底图一分钟内没有取齐')), longestMilliseconds);
      map.once('idle', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    return await createImageBitmap(map.getCanvas());
  } finally {
    map.remove();
    element.remove();
  }
}
