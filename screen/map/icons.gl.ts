// Icons that the map is given as pixels: drawn on a canvas at the wall's own scale, so that they are sharp at any size.
export interface Icon {
  readonly name: string;
  readonly image: ImageData;
  readonly pixelRatio: number;
}

/** A diamond outline of `radius` u. @param unit CSS px per u */
export function diamondIcon(name: string, stroke: string, fill: string, radius: number, unit: number): Icon {
  const pixelRatio = window.devicePixelRatio || 1;
  const scale = unit * pixelRatio;
  const half = Math.ceil((radius + 2) * scale);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = half * 2;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser draws no canvas');
  const reach = radius * scale;
  pen.beginPath();
  pen.moveTo(half, half - reach);
  pen.lineTo(half + reach, half);
  pen.lineTo(half, half + reach);
  pen.lineTo(half - reach, half);
  pen.closePath();
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = 1.5 * scale;
  pen.strokeStyle = stroke;
  pen.stroke();
  return { name, image: pen.getImageData(0, 0, canvas.width, canvas.height), pixelRatio };
}
