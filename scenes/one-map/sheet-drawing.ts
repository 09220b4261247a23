// Draws a sheet on a canvas: map, title, legend, scale with its ratio, north, sources, date, and the watermark of who made it.
import type { LegendEntry } from './look.ts';
import { pixels, type SheetLayout } from './sheet.ts';

export interface SheetContent {
  readonly title: string;
  readonly legend: readonly {
    readonly title: string;
    readonly geometry: 'point' | 'line' | 'polygon';
    readonly entries: readonly LegendEntry[];
  }[];
  readonly sources: string;
  /** Denominator. */
  readonly scale: number;
  /** mm, and what it says. */
  readonly bar: { readonly width: number; readonly text: string };
  /** When the sheet was made; when the map shows the past, that moment. */
  readonly date: string;
  readonly watermark: string;
  readonly tilted: boolean;
  /** Of the map, degrees clockwise from north. */
  readonly bearing: number;
  /** Some of the rows are simulated. */
  readonly simulated: boolean;
  readonly font: string;
}
const ink = '#15202b';
const pale = '#435364';

/** All lengths in mm; `dpi` says how many px they are. */
export function drawSheet(canvas: HTMLCanvasElement, picture: ImageBitmap, layout: SheetLayout, content: SheetContent, dpi: number): void {
  const px = (millimetres: number): number => pixels(millimetres, dpi);
  canvas.width = px(layout.width);
  canvas.height = px(layout.height);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('浏览器没有给出画布');
  const write = (
    text: string,
    x: number,
    y: number,
    size: number,
    how: { bold?: boolean; align?: CanvasTextAlign; colour?: string; widest?: number } = {},
  ): void => {
    pen.font = `${how.bold ? 600 : 400} ${px(size)}px ${content.font}`;
    pen.textAlign = how.align ?? 'left';
    pen.fillStyle = how.colour ?? ink;
    pen.fillText(text, px(x), px(y), how.widest === undefined ? undefined : px(how.widest));
  };
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const [left, top, width, height] = layout.map;
  pen.drawImage(picture, px(left), px(top), px(width), px(height));
  watermark(pen, content, layout, px);
  pen.strokeStyle = ink;
  pen.lineWidth = px(0.3);
  pen.strokeRect(px(left), px(top), px(width), px(height));
  write(content.title, layout.width / 2, layout.title, 7, { bold: true, align: 'center', widest: width });
  legend(pen, content, layout, px, write);
  north(pen, left + width - 12, top + 16, content.bearing, px, write);

  const [, y] = layout.foot;
  if (!content.tilted) {
    pen.fillStyle = ink;
    pen.fillRect(px(left), px(y + 5), px(content.bar.width / 2), px(1.2));
    pen.strokeRect(px(left), px(y + 5), px(content.bar.width), px(1.2));
    write('0', left, y + 4, 2.8);
    write(content.bar.text, left + content.bar.width, y + 4, 2.8, { align: 'center' });
    write(`1∶${content.scale.toLocaleString('zh-CN').replaceAll(',', ' ')}`, left + content.bar.width + 14, y + 6.4, 3.6, { bold: true });
  } else write('立体视图，比例随远近而变', left, y + 6, 3);
  write(content.date, left + width, y + 6, 3, { align: 'right' });
  write(
    `坐标系 CGCS2000，网络墨卡托投影，比例为图中心处。来源：${content.sources}。${content.simulated ? '含模拟数据，不得作为依据。' : ''}界线为示意，不作划界依据`,
    left,
    y + 12,
    2.6,
    {
      colour: pale,
      widest: width,
    },
  );
}

type Px = (millimetres: number) => number;
type Write = (text: string, x: number, y: number, size: number, how?: { bold?: boolean; align?: CanvasTextAlign; colour?: string }) => void;

function watermark(
  pen: CanvasRenderingContext2D,
  { watermark: text, font }: SheetContent,
  { map: [left, top, width, height] }: SheetLayout,
  px: Px,
): void {
  pen.save();
  pen.beginPath();
  pen.rect(px(left), px(top), px(width), px(height));
  pen.clip();
  pen.font = `400 ${px(4)}px ${font}`;
  pen.fillStyle = 'rgba(21, 32, 43, 0.13)';
  pen.textAlign = 'center';
  for (let y = top; y < top + height + 40; y += 38)
    for (let x = left; x < left + width + 80; x += 92) {
      pen.save();
      pen.translate(px(x), px(y));
      pen.rotate(-Math.PI / 8);
      pen.fillText(text, 0, 0);
      pen.restore();
    }
  pen.restore();
}

function legend(
  pen: CanvasRenderingContext2D,
  content: SheetContent,
  { map: [left, top, width, height] }: SheetLayout,
  px: Px,
  write: Write,
): void {
  // One colour is one line with the layer's name; classes stand under it.
  const lines = content.legend.flatMap(({ title, geometry, entries }) =>
    entries.length === 1 ? [{ title, geometry, colour: entries[0]?.colour ?? ink }] : [{ title, geometry, colour: '' }, ...entries.map((entry) => ({ ...entry, geometry }))],
  ); // biome-ignore format: rows of a legend
  if (lines.length === 0) return;
  const shown = lines.slice(0, Math.max(1, Math.floor((height * 0.7) / 5)));
  const [boxWidth, boxHeight] = [46, shown.length * 5 + 9];
  const [x, y] = [left + width - boxWidth - 3, top + height - boxHeight - 3];
  pen.fillStyle = 'rgba(255, 255, 255, 0.92)';
  pen.fillRect(px(x), px(y), px(boxWidth), px(boxHeight));
  pen.strokeRect(px(x), px(y), px(boxWidth), px(boxHeight));
  write('图例', x + 3, y + 5.5, 3.4, { bold: true });
  for (const [k, line] of shown.entries()) {
    const at = y + 10 + k * 5;
    pen.fillStyle = line.colour || 'rgba(0,0,0,0)';
    if (line.geometry === 'point') {
      pen.beginPath();
      pen.arc(px(x + 5.5), px(at - 1), px(1.3), 0, 2 * Math.PI);
      pen.fill();
    } else pen.fillRect(px(x + 3), px(line.geometry === 'line' ? at - 1.4 : at - 2.6), px(5), px(line.geometry === 'line' ? 0.8 : 3));
    write(line.title, line.colour ? x + 10 : x + 3, at, 2.8, { bold: line.colour === '' });
  }
}

/** The arrow points north, however the map is turned. */
function north(pen: CanvasRenderingContext2D, x: number, y: number, bearing: number, px: Px, write: Write): void {
  pen.save();
  pen.translate(px(x), px(y - 4));
  pen.rotate((-bearing * Math.PI) / 180);
  pen.fillStyle = ink;
  pen.beginPath();
  pen.moveTo(0, -px(5));
  pen.lineTo(px(3), px(4));
  pen.lineTo(0, px(2));
  pen.lineTo(-px(3), px(4));
  pen.fill();
  pen.restore();
  write('北', x, y + 4, 3.4, { bold: true, align: 'center' });
}
