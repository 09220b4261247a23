// Points as strokes of a pen: one path per look, at the places that the camera gives.
import { expect, it } from 'vitest';
import { drawMarks, type Pen, type PointLook } from './points.ts';

const full: PointLook = { shape: 'disc', radius: 2, fill: 'blue', stroke: null };
const rim: PointLook = { shape: 'disc', radius: 2, fill: null, stroke: { colour: 'grey', width: 1 } };
const diamond: PointLook = { shape: 'diamond', radius: 3, fill: 'dark', stroke: { colour: 'blue', width: 1.5 } };

it('draws each look once, lengths in u', () => {
  const drawn: string[] = [];
  const pen = {
    beginPath: () => drawn.push('begin'),
    moveTo: () => undefined,
    lineTo: (x: number, y: number) => drawn.push(`line ${x} ${y}`),
    arc: (x: number, y: number, radius: number) => drawn.push(`arc ${x} ${y} ${radius}`),
    closePath: () => undefined,
    fill: () => drawn.push(`fill ${pen.fillStyle}`),
    stroke: () => drawn.push(`stroke ${pen.strokeStyle} ${pen.lineWidth}`),
    ...{ fillStyle: '', strokeStyle: '', lineWidth: 0 },
  };
  const marks = [full, diamond, rim, full].map((look, i) => ({ position: [120 + i, 40] as const, look }));
  drawMarks(pen as unknown as Pen, marks, ([lng, lat]) => [lng - 120, lat], 2);
  expect(drawn).toEqual([
    ...['begin', 'arc 0 40 4', 'arc 3 40 4', 'fill blue'],
    ...['begin', 'line 7 40', 'line 1 46', 'line -5 40', 'fill dark', 'stroke blue 3'],
    // The rim lies around the fill: 2 u and half of 1 u.
    ...['begin', 'arc 2 40 5', 'stroke grey 2'],
  ]);
});
